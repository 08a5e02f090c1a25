// What was decided for one request, with everything it was decided from.
// Owned by the request it was made for; reused from request to request.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "classify/cascade.h"
#include "classify/verdict.h"
#include "route/ranking.h"

namespace pointsman::gateway {

struct Decision {
  bool routed = false;  // false: the client named a model, and only that one may answer
  classify::Evidence evidence;
  classify::Verdict verdict;
  route::Ranked ranked;
  base::Duration classify_time{};
};

}  // namespace pointsman::gateway
