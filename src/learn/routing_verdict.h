// The verdict of a routing study, in words, with the figure that decides.
// Pure; a part of study_routing (routing_study.h), apart so that its rules can be read, and tested, in one place.
#pragma once

#include "learn/routing_study.h"

namespace pointsman::learn {

// Sets `verdict` and `reason` from everything else. `worthwhile` is the share of the strong model's cost that must be
// saved for routing to pay.
//   pays             the certificate saves that much (lower end of its interval), and either the scores order requests
//                    better than a coin (lower end of APGR above 0.5) or more is saved than a coin could
//   will not pay     the weak model alone keeps the promise; or not even one who knew the answers could save that much;
//                    or the scores could not, however many rows certified them (upper end of the interval); or the
//                    scores are as good as a coin's (APGR below 0.55) and could save less than twice as much
//   not enough data  none of these is shown
void decide(double worthwhile, RoutingStudy& study);

}  // namespace pointsman::learn
