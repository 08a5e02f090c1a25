#include "wire/loss_set.h"

#include <algorithm>
#include <utility>

namespace pointsman::wire {

void LossSet::add(std::string_view what, bool minor) {
  // Mostly it is there already: streams name the same members in every chunk.
  if (const auto known = std::ranges::find(losses_, what, &llm::Loss::what); known != losses_.end()) {
    known->minor = known->minor && minor;
    return;
  }
  std::string name(losses_.size() < kMost ? what.substr(0, kLongest) : "...");
  std::ranges::replace_if(name, [](char c) { return c < ' ' || c > '~'; }, '?');
  const auto at = std::ranges::find(losses_, name, &llm::Loss::what);
  if (at != losses_.end()) {
    at->minor = at->minor && minor;
    return;
  }
  losses_.push_back({std::move(name), minor});
}

}  // namespace pointsman::wire
