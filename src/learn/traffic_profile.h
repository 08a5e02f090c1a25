// What requests look like to a classifier, told by the labelled requests that a certificate is made from, so that the
// router can notice when other requests come (classify/shift.h).
// Pure and deterministic; the order of the rows does not matter.
#pragma once

#include <span>

#include "classify/shift.h"
#include "learn/threshold_path.h"

namespace pointsman::learn {

// Levels below which about 5, 10, 20 and 40 % of the requests lie, and the shares that, with `confidence` for all of
// them together, are not exceeded while requests are drawn like `calls`: exact one-sided bounds for the distribution
// function at an order statistic (Wilks 1941, the same formula as Clopper and Pearson's), never less than a quarter
// above the observed share, since a shift too small to matter should not be noticed however many rows there are.
// Without enough rows no levels.
classify::TrafficProfile profile_traffic(std::span<const Call> calls, double confidence = 0.99);

}  // namespace pointsman::learn
