#include "shared_redis/link.h"

#include <algorithm>

namespace pointsman::shared_redis {

void Link::opened(base::MonoTime now) {
  up_ = true;
  since_ = now;
}

base::Duration Link::failed(base::MonoTime now, double random) {
  if (up_ && now - since_ >= kHeld) pause_ = kFirstPause;
  if (up_) since_ = now;
  up_ = false;
  const auto half = static_cast<double>((pause_ / 2).count());
  const auto wait = base::Duration(static_cast<base::Duration::rep>(half + half * random));
  pause_ = std::min<base::Duration>(pause_ * 2, kLongestPause);
  return wait;
}

}  // namespace pointsman::shared_redis
