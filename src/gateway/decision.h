// What was decided for one request, with everything it was decided from.
// Owned by the request it was made for; reused from request to request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "classify/cascade.h"
#include "classify/verdict.h"
#include "gateway/encoder_note.h"
#include "gateway/opinion_note.h"
#include "route/exploration.h"
#include "route/ranking.h"
#include "text/features.h"

namespace pointsman::gateway {

struct Decision {
  bool routed = false;  // false: the client named a model, and only that one may answer
  classify::Evidence evidence;
  classify::Verdict verdict;
  route::Ranked ranked;
  EncoderNote encoder;
  OpinionNote opinion;  // of asking the small model; what it said is in the evidence
  // Where the encoder was heard: what the classifier alone had said, like evidence.probabilities; else empty.
  std::vector<float> alone;
  // What the classifier saw of the text, where that is kept instead of the text; else empty.
  std::vector<text::Feature> features;
  // At most one model can answer at all, so that no opinion of a sentence encoder was asked for: what the classifier
  // thinks then is not what it would have thought.
  bool forced = false;
  // What the order of the candidates may rest on besides their health: one figure per model, and the lot drawn.
  std::vector<route::Pace> paces;
  std::uint64_t lot = 0;
  std::uint64_t conversation_key = 0;  // see conversations.h
  route::Continuity continuity;
  std::vector<std::int64_t> cached_at;  // what it refers to
  // Where the configuration explores: the model preferred, the one put first and how likely that was.
  std::optional<route::Explored> explored;
  std::vector<route::PromptSize> prompts;  // one for each model, or none: all count as the request says
  base::Duration classify_time{};
};

}  // namespace pointsman::gateway
