#include "webhook/outbox.h"

#include <algorithm>

namespace pointsman::webhook {

std::size_t Outbox::set_receivers(const std::vector<std::string>& names) {
  std::size_t dropped = 0;
  for (auto at = receivers_.begin(); at != receivers_.end();) {
    if (std::ranges::find(names, at->first) != names.end()) {
      ++at;
      continue;
    }
    dropped += at->second.items.size();
    at = receivers_.erase(at);
  }
  for (const std::string& name : names) receivers_.try_emplace(name);
  return dropped;
}

std::size_t Outbox::put(const LetterPtr& letter, base::MonoTime now) {
  std::size_t lost = 0;
  for (auto& [name, receiver] : receivers_) {
    if (receiver.items.size() >= capacity_) {
      // The one under way may be arriving just now.
      const auto oldest = std::ranges::find(receiver.items, false, &Item::under_way);
      ++lost;
      if (oldest == receiver.items.end()) continue;
      receiver.items.erase(oldest);
    }
    receiver.items.push_back({++last_, letter, 0, now, now, false});
  }
  return lost;
}

Outbox::Item* Outbox::due_of(Receiver& receiver, base::MonoTime now) {
  if (receiver.busy) return nullptr;
  const auto first = std::ranges::min_element(receiver.items, {}, &Item::due);
  return first != receiver.items.end() && first->due <= now ? &*first : nullptr;
}

std::optional<Delivery> Outbox::take(base::MonoTime now) {
  for (auto& [name, receiver] : receivers_) {
    Item* const item = due_of(receiver, now);
    if (item == nullptr) continue;
    receiver.busy = true;
    item->under_way = true;
    ++item->attempts;
    return Delivery{item->number, name, item->letter, item->attempts};
  }
  return std::nullopt;
}

Outcome Outbox::finish(std::uint64_t number, Verdict verdict, std::optional<base::Duration> asked, base::MonoTime now) {
  for (auto& [name, receiver] : receivers_) {
    const auto item = std::ranges::find(receiver.items, number, &Item::number);
    if (item == receiver.items.end()) continue;
    receiver.busy = false;
    item->under_way = false;
    const auto wait =
        verdict == Verdict::kRetry ? next_wait(policy_, item->attempts, now - item->put, asked, rng_) : std::nullopt;
    if (wait) {
      item->due = now + *wait;
      return {Fate::kRetried, *wait};
    }
    receiver.items.erase(item);
    return {verdict == Verdict::kDelivered ? Fate::kDelivered : Fate::kGivenUp, {}};
  }
  return {};
}

std::optional<base::MonoTime> Outbox::next_due() const {
  std::optional<base::MonoTime> first;
  for (const auto& [name, receiver] : receivers_) {
    if (receiver.busy) continue;
    for (const Item& item : receiver.items) first = std::min(first.value_or(item.due), item.due);
  }
  return first;
}

std::size_t Outbox::waiting() const {
  std::size_t count = 0;
  for (const auto& [name, receiver] : receivers_) count += receiver.items.size();
  return count;
}

std::size_t Outbox::under_way() const {
  return static_cast<std::size_t>(std::ranges::count_if(receivers_, [](const auto& one) { return one.second.busy; }));
}

}  // namespace pointsman::webhook
