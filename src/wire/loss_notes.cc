#include "wire/loss_notes.h"

#include <algorithm>

#include "json/text.h"

namespace pointsman::wire {

void note_loss(llm::Losses& losses, std::string_view what, Weight weight) {
  const bool minor = weight == Weight::kMinor;
  what = json::utf8_prefix(what, kMaxLossName);
  const auto found = std::ranges::find(losses, what, &llm::Loss::what);
  if (found != losses.end()) {
    found->minor = found->minor && minor;
  } else if (losses.size() < kMaxLosses) {
    losses.push_back({std::string(what), minor});
  } else if (losses.size() == kMaxLosses) {
    losses.push_back({"and more", minor});
  } else {
    losses.back().minor = losses.back().minor && minor;
  }
}

}  // namespace pointsman::wire
