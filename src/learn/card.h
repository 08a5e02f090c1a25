// The card inside an artefact: where the model comes from and how good it was, in JSON. No time, no host: the same
// training gives the same bytes.
#pragma once

#include <string>

#include "learn/train.h"

namespace pointsman::learn {

std::string card_json(const Dataset& data, const TrainOptions& options, const TrainReport& report);

}  // namespace pointsman::learn
