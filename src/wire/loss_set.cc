#include "wire/loss_set.h"

#include <algorithm>

#include "json/text.h"

namespace pointsman::wire {

void LossSet::add(std::string_view what, bool minor) {
  what = json::utf8_prefix(what, kLongest);
  if (losses_.size() >= kMost) what = "...";
  const auto at = std::ranges::find(losses_, what, &llm::Loss::what);
  if (at != losses_.end()) {
    at->minor = at->minor && minor;
    return;
  }
  losses_.push_back({std::string(what), minor});
}

}  // namespace pointsman::wire
