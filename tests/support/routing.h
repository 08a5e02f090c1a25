// A small world to route in: three models at three ports, three categories, and a classifier that obeys words.
// Plain values and a stateless classifier; for tests of gateway/ and above.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/defaults.h"
#include "config/describe.h"
#include "gateway/snapshot.h"

namespace pointsman::testing {

// Sure of "simple", "reasoning" or "tool_use" if the text has that word, in doubt if it has none, and fails at
// "broken".
class WordClassifier final : public classify::Classifier {
 public:
  const std::vector<std::string>& categories() const override { return categories_; }
  const std::string& version() const override { return version_; }
  std::unique_ptr<classify::Scratch> make_scratch() const override { return std::make_unique<classify::Scratch>(); }
  base::Result<void> classify(const classify::Input& input, classify::Scratch&, std::span<float> out) const override {
    if (input.text.find("broken") != std::string_view::npos) return base::fail(base::ErrorCode::kCorrupt, "no weights");
    std::size_t sure = 3;
    for (std::size_t i = 0; i < 3; ++i) {
      if (input.text.find(categories_[i]) != std::string_view::npos) sure = i;
    }
    const std::array<float, 3> doubt = {0.45F, 0.3F, 0.25F};
    for (std::size_t i = 0; i < 3; ++i) out[i] = sure == 3 ? doubt[i] : i == sure ? 0.9F : 0.05F;
    return {};
  }

 private:
  std::vector<std::string> categories_ = {"simple", "reasoning", "tool_use"};
  std::string version_ = "words-1";
};

inline gateway::ClassifierLoader load_words() {
  return [](const std::string&) -> base::Result<std::shared_ptr<const classify::Classifier>> {
    return std::make_shared<WordClassifier>();
  };
}

// simple -> sim-small, tool_use -> sim-tools, reasoning -> sim-large; fallback sim-large, then sim-tools.
inline config::Config three_models(config::DemoPorts ports = {1, 2, 3}, std::string ledger = "unused") {
  config::Config config = config::demo_config(ports, std::move(ledger));
  config.router.fallback = {"sim-large", "sim-tools"};
  for (config::ProviderConfig& provider : config.providers) {
    provider.first_byte_timeout = std::chrono::milliseconds(1000);
    provider.idle_timeout = std::chrono::milliseconds(1000);
    provider.connect_timeout = std::chrono::milliseconds(2000);
  }
  config.listeners.front().address.port = 0;
  config.workers = 2;
  config.limits.drain_timeout = std::chrono::seconds(8);
  config.limits.overload.queue_delay = std::chrono::milliseconds(0);  // a machine that runs tests may well be slow
  config::set_version(config);
  return config;
}

}  // namespace pointsman::testing
