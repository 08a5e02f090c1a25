// The classifier that ships with the program: SIMPLE / REASONING / TOOL_USE, trained from data/starter/train.jsonl.
//
// Constant bytes inside the program, readable from any thread; classify::LinearModel::open reads them in place.
#pragma once

#include <cstddef>
#include <span>

namespace pointsman::starter {

std::span<const std::byte> artefact();

}  // namespace pointsman::starter
