#include "classify/rules.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>

#include "base/hash.h"
#include "text/tokens.h"
#include "text/utf8.h"

namespace pointsman::classify {

using base::Result;

namespace {

constexpr std::int64_t kPatternMemory = std::int64_t{8} << 20;
constexpr std::size_t kMaxPattern = 4096;
constexpr std::size_t kMaxKeyword = 256;
constexpr std::size_t kMaxListed = 50;

re2::RE2::Options pattern_options() {
  re2::RE2::Options options;
  options.set_max_mem(kPatternMemory);
  options.set_log_errors(false);
  return options;
}

bool is_word(text::TokenKind kind) {
  return kind == text::TokenKind::kWord || kind == text::TokenKind::kNumber;
}

std::uint64_t hash_of(const text::Tokens& tokens, std::size_t i) {
  const text::Token& token = tokens.tokens[i];
  const char32_t* chars = tokens.chars.data() + token.begin;
  return base::xxh3({reinterpret_cast<const char*>(chars), (token.end - token.begin) * sizeof(char32_t)});
}

// Words and numbers written together, like "gpt4", are one word to a person: a keyword must not end inside.
bool joined(const text::Tokens& tokens, std::size_t left, std::size_t right) {
  return tokens.tokens[right].glued && is_word(tokens.tokens[left].kind) && is_word(tokens.tokens[right].kind);
}

std::string pattern_problem(const std::string& pattern, const re2::RE2& compiled) {
  std::string problem = "pattern \"" + pattern + "\": " + compiled.error();
  const std::size_t at = compiled.error_arg().empty() ? std::string::npos : pattern.find(compiled.error_arg());
  if (at != std::string::npos) problem += " at position " + std::to_string(at + 1);
  return problem;
}

}  // namespace

// All patterns in one automaton; each also alone, for texts on which the automaton runs out of its memory.
class RuleSet::PatternSet {
 public:
  // What is wrong with the pattern, or nothing.
  std::string add(const std::string& pattern, int rule) {
    if (pattern.empty()) return "an empty pattern matches everything";
    if (pattern.size() > kMaxPattern) return "a pattern longer than 4096 bytes";
    auto single = std::make_unique<re2::RE2>(pattern, pattern_options());
    if (!single->ok()) return pattern_problem(pattern, *single);
    std::string error;
    if (set_.Add(pattern, &error) < 0) return "pattern \"" + pattern + "\": " + error;
    singles_.push_back(std::move(single));
    rules_.push_back(rule);
    return {};
  }
  bool compile() { return rules_.empty() || set_.Compile(); }

  void match(std::string_view text, std::vector<bool>& hit) const {
    if (rules_.empty()) return;
    const re2::StringPiece piece(text.data(), text.size());
    std::vector<int> found;
    re2::RE2::Set::ErrorInfo error{};
    if (set_.Match(piece, &found, &error)) {
      for (const int i : found) hit[rule_of(i)] = true;
      return;
    }
    if (error.kind == re2::RE2::Set::kNoError) return;
    for (std::size_t i = 0; i < singles_.size(); ++i) {
      if (re2::RE2::PartialMatch(piece, *singles_[i])) hit[rule_of(static_cast<int>(i))] = true;
    }
  }

 private:
  std::size_t rule_of(int pattern) const { return static_cast<std::size_t>(rules_[static_cast<std::size_t>(pattern)]); }
  re2::RE2::Set set_{pattern_options(), re2::RE2::UNANCHORED};
  std::vector<std::unique_ptr<re2::RE2>> singles_;
  std::vector<int> rules_;  // of each pattern
};

RuleSet::RuleSet() : patterns_(std::make_unique<PatternSet>()) {}
RuleSet::RuleSet(RuleSet&&) noexcept = default;
RuleSet& RuleSet::operator=(RuleSet&&) noexcept = default;
RuleSet::~RuleSet() = default;

Result<RuleSet> RuleSet::compile(const std::vector<Rule>& rules) {
  RuleSet set;
  std::vector<std::string> problems;
  const auto report = [&](const Rule& rule, std::string what) {
    if (!what.empty()) problems.push_back("rule \"" + rule.name + "\": " + std::move(what));
  };
  for (const Rule& rule : rules) {
    const int index = static_cast<int>(set.names_.size());
    if (rule.name.empty()) report(rule, "has no name");
    if (std::find(set.names_.begin(), set.names_.end(), rule.name) != set.names_.end()) report(rule, "defined twice");
    if (rule.keywords.empty() && rule.patterns.empty()) report(rule, "has neither keywords nor patterns");
    set.names_.push_back(rule.name);
    for (const std::string& keyword : rule.keywords) {
      const std::size_t before = set.phrases_.size();
      if (keyword.size() <= kMaxKeyword) set.add_keyword(keyword, index);
      if (set.phrases_.size() == before) report(rule, "keyword \"" + keyword + "\" has no word, or over 256 bytes");
    }
    for (const std::string& pattern : rule.patterns) report(rule, set.patterns_->add(pattern, index));
  }
  if (problems.empty() && !set.patterns_->compile()) problems.push_back("the patterns together need more than 8 MiB");
  if (problems.empty()) return set;
  std::string message;
  for (std::size_t i = 0; i < std::min(problems.size(), kMaxListed); ++i) message += (i > 0 ? "\n" : "") + problems[i];
  return base::fail(base::ErrorCode::kInvalidArgument, std::move(message));
}

void RuleSet::add_keyword(const std::string& keyword, int rule) {
  text::Tokens tokens;
  text::tokenize(keyword, tokens);
  if (tokens.tokens.empty()) return;
  Phrase phrase{{}, rule};
  for (std::size_t i = 0; i < tokens.tokens.size(); ++i) phrase.tokens.push_back(hash_of(tokens, i));
  by_first_[phrase.tokens.front()].push_back(static_cast<std::uint32_t>(phrases_.size()));
  phrases_.push_back(std::move(phrase));
}

void RuleSet::match_keywords(const text::Tokens& tokens, std::vector<bool>& hit) const {
  const std::size_t count = tokens.tokens.size();
  std::vector<std::uint64_t> hashes(count);
  for (std::size_t i = 0; i < count; ++i) hashes[i] = hash_of(tokens, i);
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = by_first_.find(hashes[i]);
    if (found == by_first_.end() || (i > 0 && joined(tokens, i - 1, i))) continue;
    for (const std::uint32_t index : found->second) {
      const Phrase& phrase = phrases_[index];
      const std::size_t end = i + phrase.tokens.size();
      if (end > count || (end < count && joined(tokens, end - 1, end))) continue;
      const bool same = std::equal(phrase.tokens.begin(), phrase.tokens.end(), hashes.begin() + static_cast<long>(i));
      if (same) hit[static_cast<std::size_t>(phrase.rule)] = true;
    }
  }
}

std::vector<int> RuleSet::match(std::string_view text) const {
  std::vector<bool> hit(names_.size(), false);
  if (!phrases_.empty()) {
    text::Tokens tokens;
    text::tokenize(text, tokens);
    match_keywords(tokens, hit);
  }
  const std::size_t half = text::kMaxTextBytes / 2;
  if (text.size() <= text::kMaxTextBytes) {
    patterns_->match(text, hit);
  } else {
    patterns_->match(text.substr(0, text::floor_boundary(text, half)), hit);
    patterns_->match(text.substr(text::ceil_boundary(text, text.size() - half)), hit);
  }
  std::vector<int> hits;
  for (std::size_t i = 0; i < hit.size(); ++i) {
    if (hit[i]) hits.push_back(static_cast<int>(i));
  }
  return hits;
}

}  // namespace pointsman::classify
