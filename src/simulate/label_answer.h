// What a simulated teacher writes when it is asked for a label: the text, its tokens and their chances. Pure.
// One value for one answer; protocols put it into their own bodies.
#pragma once

#include <cstdint>
#include <vector>

#include "simulate/answer_book.h"
#include "simulate/fault.h"
#include "simulate/label_offer.h"
#include "simulate/label_question.h"
#include "simulate/teacher.h"
#include "simulate/token_odds.h"

namespace pointsman::simulate {

struct LabelAnswer {
  Answer answer;
  std::vector<TokenOdds> odds;  // of each token; empty unless log-probabilities were asked for
  bool cut = false;             // it has as many tokens as it may have
};

// `offer` is not empty; `sample` tells answers at a temperature apart. The fault kOtherLabel makes it write something
// that was not offered, kWrongJson a sentence instead of what was asked for.
LabelAnswer answer_label(const LabelQuestion& question, const LabelOffer& offer, const Teacher& teacher,
                         std::uint64_t sample, FaultKind fault = FaultKind::kNone);

}  // namespace pointsman::simulate
