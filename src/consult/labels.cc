#include "consult/labels.h"

#include <algorithm>
#include <array>

namespace pointsman::consult {
namespace {

constexpr std::size_t kMaxLabelBytes = 32;

// Single tokens in o200k_base and cl100k_base, bare and after a space; for when nobody can count.
constexpr std::array kKnownTokens =
    std::to_array<std::string_view>({"account",  "agent",    "analysis",  "answer",         "audio",    "big",
                                     "billing",  "chat",     "cheap",     "classification", "code",     "coding",
                                     "complex",  "creative", "critical",  "data",           "database", "debug",
                                     "design",   "easy",     "edit",      "email",          "error",    "extract",
                                     "false",    "fast",     "feedback",  "finance",        "general",  "generate",
                                     "hard",     "health",   "help",      "high",           "history",  "image",
                                     "large",    "law",      "legal",     "long",           "low",      "math",
                                     "medical",  "medium",   "mobile",    "music",          "negative", "network",
                                     "neutral",  "news",     "no",        "none",           "normal",   "order",
                                     "orders",   "other",    "password",  "payment",        "plan",     "positive",
                                     "product",  "python",   "quality",   "question",       "refund",   "research",
                                     "review",   "rewrite",  "sales",     "science",        "search",   "security",
                                     "shipping", "short",    "simple",    "slow",           "small",    "spam",
                                     "sports",   "sql",      "story",     "summary",        "support",  "test",
                                     "tiny",     "tool",     "translate", "translation",    "travel",   "true",
                                     "unknown",  "urgent",   "video",     "vision",         "weather",  "web",
                                     "writing",  "yes"});

static_assert(std::ranges::is_sorted(kKnownTokens));

// In this order; the last one needs a line that explains it.
constexpr std::array kNoneWords = std::to_array<std::string_view>({"none", "other", "unknown"});

char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Letters and digits of any script: nothing that JSON escapes and nothing a vocabulary glues to its surroundings.
bool is_plain_word(std::string_view name) {
  const auto plain = [](char c) {
    const char low = folded(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
  };
  return !name.empty() && name.size() <= kMaxLabelBytes && std::ranges::all_of(name, plain);
}

bool is_single_token(std::string_view word, const Counters& counters) {
  return counters.exact() ? counters.count(word) == 1 : std::ranges::binary_search(kKnownTokens, word);
}

// Letters, then all numbers of two digits, then all of three.
std::vector<std::string> alphabet(int kind) {
  std::vector<std::string> out;
  if (kind == 0) {
    for (char c = 'A'; c <= 'Z'; ++c) out.emplace_back(1, c);
    return out;
  }
  const int first = kind == 1 ? 10 : 100;
  for (int n = first; n < first * 10; ++n) out.push_back(std::to_string(n));
  return out;
}

}  // namespace

bool begins_with_folded(std::string_view text, std::string_view beginning) {
  return beginning.size() <= text.size() && std::equal(beginning.begin(), beginning.end(), text.begin(),
                                                       [](char a, char b) { return folded(a) == folded(b); });
}

bool labels_collide(std::string_view a, std::string_view b) {
  return begins_with_folded(a, b) || begins_with_folded(b, a);
}

bool LabelSet::is_free(std::string_view label) const {
  const auto collides = [label](const std::string& taken) { return !taken.empty() && labels_collide(taken, label); };
  return !collides(none_) && std::ranges::none_of(labels_, collides);
}

void LabelSet::take_own_names(std::span<const std::string_view> names, const Counters& counters) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_plain_word(names[i]) || !is_single_token(names[i], counters) || !is_free(names[i])) continue;
    labels_[i] = names[i];
    own_[i] = true;
  }
}

void LabelSet::take_none() {
  const auto word = std::ranges::find_if(kNoneWords, [this](std::string_view w) { return is_free(w); });
  none_ = word == kNoneWords.end() ? kLastNone : *word;
}

base::Result<void> LabelSet::take_alphabet() {
  const auto wanted = static_cast<std::size_t>(std::ranges::count(own_, false));
  for (int kind = 0; kind < 3; ++kind) {
    std::vector<std::string> letters = alphabet(kind);
    std::erase_if(letters, [this](const std::string& letter) { return !is_free(letter); });
    if (letters.size() < wanted) continue;
    auto next = letters.begin();
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      if (!own_[i]) labels_[i] = std::move(*next++);
    }
    return {};
  }
  return base::fail(base::ErrorCode::kTooLarge, "there are not enough labels for " + std::to_string(labels_.size()) +
                                                    " categories; ask in two steps: a group, then a category of it");
}

base::Result<LabelSet> LabelSet::make(std::span<const std::string_view> names, const Counters& counters,
                                      NoneLabel none) {
  if (names.empty()) return base::fail(base::ErrorCode::kInvalidArgument, "there is no category to ask for");
  if (names.size() > kMaxCategories) {
    return base::fail(base::ErrorCode::kTooLarge, std::to_string(names.size()) + " categories are more than the " +
                                                      std::to_string(kMaxCategories) + " a model can be asked for");
  }
  std::vector<std::string_view> sorted(names.begin(), names.end());
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    return base::fail(base::ErrorCode::kInvalidArgument, "two categories are called '" + std::string(*twice) + "'");
  }
  LabelSet set;
  set.labels_.resize(names.size());
  set.own_.resize(names.size());
  set.take_own_names(names, counters);
  if (none == NoneLabel::kOffered) set.take_none();
  PM_CHECK(set.take_alphabet());
  return set;
}

}  // namespace pointsman::consult
