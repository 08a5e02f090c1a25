// A sentence encoder that does what a test says, and a classifier that asks it: "hm [s]" is doubtful to the classifier,
// and "simple" to the encoder.
// For tests; a gate holds texts inside the encoder until it is opened, so that nothing depends on time.
#pragma once

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/routing.h"
#include "support/scripted_encoder.h"

namespace pointsman::testing {

// Closed until open(); waits are bounded, so that a test that never opens it fails instead of hanging.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait_for(lock, kPatience, [this] { return open_; });
  }
  // True once so many have come to the gate.
  bool wait_for(int arrivals) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return arrived_ >= arrivals; });
  }
  int arrived() const {
    const std::lock_guard lock(mutex_);
    return arrived_;
  }

 private:
  static constexpr std::chrono::seconds kPatience{20};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int arrived_ = 0;
};

// [s], [r] and [t] in a text mean the first, second and third category; "[x]" throws. `gate` may be null; every call
// passes it.
class FakeEncoder final : public ScriptedEncoder {
 public:
  explicit FakeEncoder(char digit, Gate* gate = nullptr) : ScriptedEncoder(digit, 3, say), gate_(gate) {}
  void encode(std::span<const std::string_view> texts, encode::EncoderScratch& scratch,
              std::span<float> out) const override {
    {
      const std::lock_guard lock(mutex_);
      batches_.push_back(texts.size());
    }
    if (gate_ != nullptr) gate_->pass();
    ScriptedEncoder::encode(texts, scratch, out);
  }
  // Texts of each call.
  std::vector<std::size_t> batches() const {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

 private:
  static void say(std::string_view text, std::span<float> vector) {
    if (text.find("[x]") != std::string_view::npos) throw std::runtime_error("no memory");
    const std::array<std::string_view, 3> marks = {"[s]", "[r]", "[t]"};
    for (std::size_t d = 0; d < 3; ++d) vector[d] = text.find(marks[d]) != std::string_view::npos ? 1 : 0;
  }

  Gate* gate_;
  mutable std::mutex mutex_;
  mutable std::vector<std::size_t> batches_;
};

// WordClassifier, but what it doubts the encoder of that id decides.
class AskingClassifier final : public classify::Classifier {
 public:
  explicit AskingClassifier(char digit) : wish_{std::string(64, digit), 3}, version_(std::string("asks-") + digit) {}
  const std::vector<std::string>& categories() const override { return words_.categories(); }
  const std::string& version() const override { return version_; }
  std::unique_ptr<classify::Scratch> make_scratch() const override { return std::make_unique<Memory>(); }
  const classify::EncoderWish* encoder() const override { return &wish_; }
  bool wants_embedding(const classify::Scratch& scratch) const override {
    return static_cast<const Memory&>(scratch).doubt;
  }
  base::Result<void> classify(const classify::Input& input, classify::Scratch& scratch,
                              std::span<float> out) const override {
    PM_CHECK(words_.classify(input, scratch, out));
    static_cast<Memory&>(scratch).doubt = input.embedding.empty() && out[0] < 0.5F && out[0] > 0.1F;
    for (std::size_t i = 0; i < input.embedding.size(); ++i) out[i] = input.embedding[i] > 0 ? 0.8F : 0.1F;
    return {};
  }

 private:
  struct Memory final : classify::Scratch {
    bool doubt = false;
  };
  WordClassifier words_;
  classify::EncoderWish wish_;
  std::string version_;
};

// "asks-a" wants the encoder aaaa..., "asks-b" bbbb...; anything else is the WordClassifier.
inline gateway::ClassifierLoader load_asking() {
  return [](const std::string& name) -> base::Result<std::shared_ptr<const classify::Classifier>> {
    if (name.starts_with("asks-")) return std::make_shared<AskingClassifier>(name.back());
    return std::make_shared<WordClassifier>();
  };
}

// Encoders by path.
using FakeEncoders = std::map<std::string, std::shared_ptr<const FakeEncoder>>;
inline gateway::EncoderLoader load_fakes(FakeEncoders encoders) {
  return [encoders = std::move(encoders)](const std::string& path,
                                          encode::Precision) -> base::Result<std::shared_ptr<const encode::Encoder>> {
    const auto found = encoders.find(path);
    if (found == encoders.end()) return base::fail(base::ErrorCode::kNotFound, path + ": no such folder");
    return found->second;
  };
}

// The classifier "asks-a" and its encoder at "a", with a deadline that no test waits for.
inline void ask_encoder_a(config::Config& config) {
  config.router.classifier = "asks-a";
  config.router.encoder = {.path = "a", .deadline = std::chrono::seconds(60)};
}

// Thresholds of 0.4, which even the doubts of "asks-a" reach, certified for it with the encoder of that digit; 0: for
// the classifier alone.
inline void certify(config::Config& config, char digit) {
  config::RiskConfig& risk = config.router.risk.emplace();
  risk.place = "pointsman.yaml:9:20: router.risk.certificate";
  risk.certificate = "risk.json";
  risk.under_routing = 0.02;
  risk.proved.classifier = "asks-a";
  if (digit != 0) risk.proved.encoder = std::string(64, digit);
  risk.proved.certified = true;
  for (config::CategoryConfig& one : config.categories) {
    one.certified = true;
    one.threshold = 0.4F;
    risk.proved.categories.push_back({one.name, one.threshold});
  }
}

}  // namespace pointsman::testing
