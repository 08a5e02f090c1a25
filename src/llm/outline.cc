#include "llm/outline.h"

#include <algorithm>
#include <tuple>

namespace pointsman::llm {
namespace {

// A call or a result on its way to be paired.
struct Event {
  std::uint64_t key;
  std::uint32_t item;
  bool is_result;
  std::uint32_t index;
};

// Sorted rather than hashed: ids are a client's, and a table of them could be made slow.
std::vector<Event> sorted_events(const Outline& outline) {
  std::vector<Event> events;
  events.reserve(outline.calls.size() + outline.results.size());
  for (std::uint32_t i = 0; i < outline.calls.size(); ++i) {
    events.push_back({outline.calls[i].key, outline.calls[i].item, false, i});
  }
  for (std::uint32_t i = 0; i < outline.results.size(); ++i) {
    events.push_back({outline.results[i].key, outline.results[i].item, true, i});
  }
  std::ranges::sort(events, [](const Event& a, const Event& b) {
    return std::tie(a.key, a.item, a.is_result, a.index) < std::tie(b.key, b.item, b.is_result, b.index);
  });
  return events;
}

void pair_up(Outline& outline) {
  std::vector<std::uint32_t> open;
  std::uint32_t latest = kNoIndex;
  std::uint64_t key = 0;
  for (const Event& event : sorted_events(outline)) {
    if (event.key != key) {
      open.clear();
      latest = kNoIndex;
      key = event.key;
    }
    if (!event.is_result) {
      open.push_back(event.index);
      latest = event.index;
      continue;
    }
    outline.results[event.index].call = open.empty() ? latest : open.back();
    if (!open.empty()) open.pop_back();
  }
}

void mark_turns(Outline& outline) {
  bool user_spoke = false;  // in the item before, system messages aside
  for (OutlineItem& item : outline.items) {
    const bool speaks = item.kind == ItemKind::kUser;
    item.starts_turn = speaks && !user_spoke;
    if (item.kind != ItemKind::kSystem) user_spoke = speaks;
  }
  std::uint32_t earliest = kNoIndex;  // item of the earliest call that is answered here or later
  for (std::size_t i = outline.items.size(); i-- > 0;) {
    OutlineItem& item = outline.items[i];
    for (std::uint32_t r = item.results_begin; r < item.results_end; ++r) {
      const std::uint32_t call = outline.results[r].call;
      if (call != kNoIndex) earliest = std::min(earliest, outline.calls[call].item);
    }
    item.may_cut = earliest >= i;
  }
}

}  // namespace

void settle(Outline& outline) {
  pair_up(outline);
  mark_turns(outline);
}

}  // namespace pointsman::llm
