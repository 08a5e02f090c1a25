// The report of a training for the person who owns the examples: how good the classifier is, and what would make it
// better. Pure but for the output.
#pragma once

#include "cli/output.h"
#include "learn/train.h"

namespace pointsman::cli {

// `given` is the data set the report's repeats point into.
void print_training(const learn::TrainReport& report, const learn::Dataset& given, Output& out);

}  // namespace pointsman::cli
