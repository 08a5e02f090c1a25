// From the log-probabilities of the tokens a model wrote: how probable each label was.
//
// Pure. Tokens are matched to the label by bytes: the label's value may share its first token with the punctuation in
// front of it and its last one with what follows, in any vocabulary. At the position where the value begins, the mass
// of every alternative goes to the one label it can only become. Where the token that was written still fits several
// labels, its mass is shared out by the position behind it, and so on; the other alternatives that fit several are not
// followed by any position, so their mass is split evenly among those labels. Alternatives that change the punctuation
// in front of the value say nothing and are left out. Case and leading white space do not matter.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "llm/label_call.h"

namespace pointsman::consult {

// What stands at or below this is outside the provider's list, not a probability (openapi.yaml,
// ChatCompletionTokenLogprob: -9999.0).
inline constexpr float kOutsideTheList = -9999;

enum class ValueForm : bool {
  kBare,  // the text is the label
  kJson,  // the label is the inside of a JSON string, escapes included, and ends with a quote
};

// Where the label stands in the answer's text.
struct ValueSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
  ValueForm form = ValueForm::kBare;
};

struct LabelEvidence {
  std::vector<double> probabilities;  // of the labels, in their order; they add up to 1
  double coverage = 0;                // what stood on them before that; at most 1
};

// Nothing if the tokens do not spell the text, or if no mass at all stands on a label.
std::optional<LabelEvidence> label_evidence(const llm::LabelAnswer& answer, const ValueSpan& span,
                                            std::span<const std::string_view> labels);

}  // namespace pointsman::consult
