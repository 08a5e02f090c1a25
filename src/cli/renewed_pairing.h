// The pairing of router.llm, measured again for a candidate classifier: on recorded decisions that people judged at
// random, with the opinions that the small model gave of them then. Nobody is asked anew. Pure.
//
// The small model was asked only where the classifier that served was unsure, and a candidate is unsure elsewhere. Of
// what it was not asked about, the worst is assumed, so the promise holds for the candidate too; a candidate that is
// unsure about much that was never asked keeps little, or cannot be certified.
#pragma once

#include <string>

#include "cli/judged_scores.h"
#include "config/config.h"

namespace pointsman::cli {

// The file's text: the same promise, model and prompt as router.llm.pairing, for the classifier `version` that gives
// `scores`. kInvalidArgument, with the numbers that say why, if the judged decisions do not certify it.
base::Result<std::string> renew_pairing(const config::Config& config, const Harvest& harvest,
                                        const JudgedScores& scores, std::string_view version);

}  // namespace pointsman::cli
