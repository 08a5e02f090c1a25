#include "wire/anthropic_messages/model_dialect.h"

#include <algorithm>

namespace pointsman::wire::anthropic_messages {
namespace {

struct Level {
  std::string_view effort;
  std::int64_t budget;
};
constexpr Level kLevels[] = {{"minimal", kLeastBudget}, {"low", 2048},    {"medium", 8192},
                             {"high", 16384},           {"xhigh", 32768}, {"max", 65536}};

// Takes the next word off a name: "claude-opus-4-7" -> "claude", "opus", "4", "7".
std::string_view next_word(std::string_view& name) {
  constexpr std::string_view kBetween = "-._@:/ ";
  name.remove_prefix(std::min(name.find_first_not_of(kBetween), name.size()));
  const std::string_view word = name.substr(0, name.find_first_of(kBetween));
  name.remove_prefix(word.size());
  return word;
}

// The number that a word of one or two digits is; -1 for others, such as dates.
int small_number(std::string_view word) {
  if (word.empty() || word.size() > 2) return -1;
  int number = 0;
  for (const char c : word) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

// 407 for 4.7; 0 if the name tells none.
int version_of(std::string_view model) {
  const std::size_t begin = model.find("claude");
  if (begin == std::string_view::npos) return 0;
  model.remove_prefix(begin);
  while (!model.empty()) {
    const int major = small_number(next_word(model));
    if (major < 0) continue;
    const int minor = small_number(next_word(model));
    return major * 100 + (minor < 0 ? 0 : minor);
  }
  return 0;
}

}  // namespace

ModelDialect dialect_of(std::string_view model) {
  constexpr int kOneCut = 401;
  constexpr int kBoth = 406;
  constexpr int kThinksByDefault = 500;
  const int version = version_of(model);
  if (version == 0) return {};
  ModelDialect dialect;
  dialect.effort = version >= kBoth;
  dialect.budget = dialect.sampling = version <= kBoth;
  dialect.xhigh = version > kBoth;
  dialect.both_cuts = version < kOneCut;
  dialect.disabled = version >= kThinksByDefault;
  return dialect;
}

std::optional<std::int64_t> budget_of(std::string_view effort) {
  for (const Level& level : kLevels) {
    if (level.effort == effort) return level.budget;
  }
  return std::nullopt;
}

std::string_view effort_of(std::int64_t budget) {
  for (const Level& level : kLevels) {
    if (level.budget >= budget && level.effort != "minimal") return level.effort;
  }
  return "max";
}

}  // namespace pointsman::wire::anthropic_messages
