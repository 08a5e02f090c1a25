#include "learn/rewards.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "learn/json_lines.h"

namespace pointsman::learn {

using base::Result;

namespace {

constexpr double kMost = 1e12;

class RewardReader final : JsonLines {
 public:
  RewardReader(std::string_view bytes, std::string_view name, const ReadLimits& limits)
      : JsonLines(bytes, name, limits, R"({"decision": "0198f3a2-...", "reward": 1})", "rewards") {}

  Result<Rewards> read() {
    PM_CHECK(read_lines());
    return std::move(out_);
  }

 private:
  void begin_line() override {
    decision_.clear();
    reward_.reset();
  }
  std::size_t kept() const override { return out_.size(); }

  void read_member(Field& field, std::size_t where, const std::string& name) override {
    if (name == "decision") return read_string(field, where, name, decision_);
    if (name != "reward") return skip(field, where);
    double value = 0;
    if (field.value().get_double().get(value) != simdjson::SUCCESS || !(std::fabs(value) <= kMost)) {
      return report(where, "\"reward\" must be a number");
    }
    reward_ = value;
  }

  void end_line() override {
    if (decision_.empty()) return report(1, "\"decision\" is missing or empty");
    if (!reward_) return report(1, "\"reward\" is missing");
    std::ranges::transform(decision_, decision_.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    out_[decision_] = *reward_;
  }

  std::string decision_;
  std::optional<double> reward_;
  Rewards out_;
};

}  // namespace

Result<Rewards> read_rewards(std::string_view bytes, std::string_view name, const ReadLimits& limits) {
  return RewardReader(bytes, name, limits).read();
}

}  // namespace pointsman::learn
