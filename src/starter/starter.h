// The classifier that ships with the program: SIMPLE / REASONING / TOOL_USE, trained from data/starter/train.jsonl.
//
// Constant bytes inside the program, readable from any thread; classify::LinearModel::open reads them in place.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace pointsman::starter {

std::span<const std::byte> artefact();

// The demo's traffic: JSON lines of {"text", "category"}; nothing of it was trained on.
std::string_view workload();

}  // namespace pointsman::starter
