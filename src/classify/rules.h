// The rules of the configuration, compiled: keywords as whole folded words, patterns as RE2.
//
// Immutable and shared by all threads. Work is bounded: linear in the text, of which the first and the last 8 KiB are
// looked at; patterns never backtrack and use at most 8 MiB of memory for each set.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "classify/category.h"

namespace re2 {
class RE2;
}

namespace pointsman::text {
struct Tokens;
}

namespace pointsman::classify {

class RuleSet {
 public:
  // Fails with kInvalidArgument listing every bad rule, one a line: its name, what is wrong, and for a pattern the
  // position in it.
  static base::Result<RuleSet> compile(const std::vector<Rule>& rules);
  RuleSet(RuleSet&&) noexcept;
  RuleSet& operator=(RuleSet&&) noexcept;
  ~RuleSet();

  // Indices of the rules that match, ascending: the configuration's order, so the first is the one that decides.
  std::vector<int> match(std::string_view text) const;

  std::size_t size() const { return names_.size(); }
  const std::string& name(int rule) const { return names_[static_cast<std::size_t>(rule)]; }

 private:
  // A keyword as the hashes of its tokens in order.
  struct Phrase {
    std::vector<std::uint64_t> tokens;
    int rule = 0;
  };
  class PatternSet;
  RuleSet();
  void add_keyword(const std::string& keyword, int rule);
  void match_keywords(const text::Tokens& tokens, std::vector<bool>& hit) const;

  std::vector<std::string> names_;
  std::vector<Phrase> phrases_;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> by_first_;  // first token -> phrases_
  std::unique_ptr<PatternSet> patterns_;
};

}  // namespace pointsman::classify
