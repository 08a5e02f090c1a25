// The categories and slices of a promotion gate: has any of them fallen?
// Pure; the order of the rows does not matter.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "learn/gate_report.h"
#include "learn/gate_rows.h"

namespace pointsman::learn {

// A check for every category, for "none of them" where rows have it, and for every slice, in that order; names sorted.
// `rows` are those that people labelled, of every set together.
std::vector<GateCheck> judge_parts(std::span<const DecidedRow> rows, std::span<const std::string> categories,
                                   const GateOptions& options);

}  // namespace pointsman::learn
