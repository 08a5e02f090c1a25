// The words a small model answers with: one token each, one for every category, told apart by their first token.
//
// A category's own name is its label if it is a single token in o200k and cl100k; the others get letters or, if those
// do not suffice, numbers of equal length. No label is the beginning of another, whatever the case, so whatever
// vocabulary a model has, what it wrote so far never fits a label and a longer one. The same names always give the
// same labels. Immutable once made; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "consult/token_count.h"

namespace pointsman::consult {

// Stands where an index of a category does: "none of them".
inline constexpr int kNoCategory = -1;
inline constexpr std::size_t kMaxCategories = 900;

enum class NoneLabel : bool { kLeftOut, kOffered };

class LabelSet {
 public:
  LabelSet() = default;

  // kInvalidArgument without names or with a name given twice, kTooLarge for more than kMaxCategories. Without
  // counters only words known to be single tokens are their own label.
  static base::Result<LabelSet> make(std::span<const std::string_view> names, const Counters& counters,
                                     NoneLabel none = NoneLabel::kLeftOut);

  std::size_t size() const { return labels_.size(); }
  bool has_none() const { return !none_.empty(); }
  // `category` is below size(), or kNoCategory if has_none().
  const std::string& label(int category) const {
    return category == kNoCategory ? none_ : labels_[static_cast<std::size_t>(category)];
  }
  // Whether the label is the category's own name, so that no line has to explain it.
  bool is_own_name(int category) const {
    return category == kNoCategory ? none_ != kLastNone : own_[static_cast<std::size_t>(category)];
  }

 private:
  static constexpr std::string_view kLastNone = "0";
  bool is_free(std::string_view label) const;
  void take_own_names(std::span<const std::string_view> names, const Counters& counters);
  void take_none();
  base::Result<void> take_alphabet();

  std::vector<std::string> labels_;
  std::vector<bool> own_;
  std::string none_;
};

// Whether two labels are equal, or one is the beginning of the other; ASCII case does not matter.
bool labels_collide(std::string_view a, std::string_view b);
// Whether `text` begins with `beginning`; ASCII case does not matter.
bool begins_with_folded(std::string_view text, std::string_view beginning);

}  // namespace pointsman::consult
