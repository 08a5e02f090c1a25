// The instruction for the small model: a few lines that name the labels on offer and how to answer, within a budget of
// tokens that is counted exactly.
//
// Made once for a router and immutable; render() may run on any thread. The lines of a category are always the same
// and stand in the order of the configuration, so the count of any selection is known beforehand, the largest one
// included, and a question never depends on what the local classifier thought. Lines end in a line feed and begin with
// a letter or digit; the vocabularies cut there (o200k_base and cl100k_base: `\s*[\r\n]+`), so their counts add up.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "classify/category.h"
#include "consult/labels.h"
#include "llm/label_call.h"

namespace pointsman::consult {

inline constexpr std::size_t kPromptBudget = 50;
inline constexpr std::size_t kOfferedCategories = 5;

struct PromptShape {
  llm::LabelStructure structure = llm::LabelStructure::kJsonSchema;
  bool confidence = false;                   // kJsonSchema: the model also states how sure it is
  std::size_t budget = kPromptBudget;        // tokens of the system prompt
  std::size_t offered = kOfferedCategories;  // categories in one question at most; 0: all
  // So many must fit whichever they are; a question offers more as long as they fit. 0: as many as `offered`.
  std::size_t at_least = 0;
  bool descriptions = true;  // where they fit
};

class Prompt {
 public:
  // Takes descriptions in as long as every selection of `shape.offered` categories still fits. kTooLarge with the count
  // and what to do if some selection of `shape.at_least` does not fit without any. Without counters descriptions are
  // left out and nothing is known about sizes.
  static base::Result<Prompt> make(std::span<const classify::Category> categories, LabelSet labels,
                                   const PromptShape& shape, const Counters& counters);

  // The system prompt that offers these categories (ascending indices; none: all of them) and "none" if there is one.
  std::string render(std::span<const int> offered) const;
  // Its tokens; nothing if nobody could count.
  std::optional<std::size_t> count(std::span<const int> offered) const;
  // The most tokens any selection of `shape().offered` categories takes; above the budget only where fewer may be
  // offered.
  std::optional<std::size_t> worst_count() const { return worst_; }
  // What to offer: the categories the local classifier finds likeliest (ties by index), at most `shape().offered` and
  // only as many as fit the budget, in ascending order. Without an opinion of every category: all of them if they are
  // not too many, else nothing, and the question cannot be asked in one step.
  std::vector<int> choose(std::span<const float> local) const;
  // What the model may answer: the labels of these categories, then that of none.
  std::vector<std::string> labels_of(std::span<const int> offered) const;

  // Everything of a question but the model, its examples and what its provider can do.
  llm::LabelQuestion question(std::span<const int> offered, std::string_view text) const;

  // Names everything that shapes an answer: template, labels, lines, structure, examples. 16 hexadecimal digits.
  std::string version(std::span<const llm::LabelExample> examples = {}) const;

  const LabelSet& labels() const { return labels_; }
  const PromptShape& shape() const { return shape_; }
  std::size_t categories() const { return lines_.size(); }

 private:
  struct Line {
    std::string text;  // "A=reset password", with its line feed
    std::size_t tokens = 0;
  };
  void count_lines(const Counters& counters);
  void add_descriptions(std::span<const classify::Category> categories, const Counters& counters);
  std::size_t worst_of(std::size_t offered) const;
  std::vector<int> longest(std::size_t offered) const;
  base::Error does_not_fit(std::span<const classify::Category> categories) const;
  std::size_t offered_at_most() const;
  std::size_t offered_at_least() const;

  LabelSet labels_;
  PromptShape shape_;
  std::vector<Line> lines_;
  std::string none_line_;
  std::size_t fixed_tokens_ = 0;  // of everything but the lines
  std::optional<std::size_t> worst_;
};

// The k most probable categories, in ascending order of their indices; equal ones by index. All of them if there are no
// more than k, if k is 0, or if there is no local opinion of every category.
std::vector<int> narrow(std::span<const float> local, std::size_t categories, std::size_t k);

}  // namespace pointsman::consult
