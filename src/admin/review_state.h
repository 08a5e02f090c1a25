// How the review queue stands: what waits, who labels, and how far they agree.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

// Decisions that are older are not put before anybody.
inline constexpr std::chrono::days kReviewTime{7};

}  // namespace pointsman::admin
