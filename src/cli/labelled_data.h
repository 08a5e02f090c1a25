// Labelled requests that are to prove something about a classifier: read, and refused where they cannot.
// Blocking; from any thread.
#pragma once

#include <string>

#include "base/result.h"
#include "classify/linear_model.h"
#include "learn/dataset.h"

namespace pointsman::cli {

base::Result<learn::Dataset> read_labelled(const std::string& path);

// kInvalidArgument if the data is empty, or the very data that the classifier learnt from; `path` names it. `model` may
// be null.
base::Result<void> check_can_prove(const classify::LinearModel* model, const learn::Dataset& data,
                                   const std::string& path);

}  // namespace pointsman::cli
