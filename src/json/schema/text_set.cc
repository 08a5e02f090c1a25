#include "json/schema/text_set.h"

#include <algorithm>

#include "base/hash.h"

namespace pointsman::json::schema {

TextSet::Answer TextSet::insert(std::string_view text) {
  if (text.size() > kFree - 1 || texts_.size() > kFree - 1 - text.size()) return Answer::kUnsure;
  if ((count_ + 1) * 2 > slots_.size()) grow();
  const std::uint64_t hash = base::xxh3(text);
  for (std::size_t probe = 0; probe < kMostProbes; ++probe) {
    Slot& slot = slots_[(hash + probe) & (slots_.size() - 1)];
    if (slot.begin == kFree) {
      slot = {hash, static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(text.size())};
      texts_ += text;
      ++count_;
      return Answer::kNew;
    }
    if (slot.hash == hash && std::string_view(texts_).substr(slot.begin, slot.size) == text) return Answer::kSeen;
  }
  return Answer::kUnsure;
}

void TextSet::clear() {
  texts_.clear();
  if (slots_.size() > kMostKept) {
    slots_ = {};
  } else if (count_ != 0) {
    std::ranges::fill(slots_, Slot{});
  }
  count_ = 0;
}

void TextSet::grow() {
  std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.begin == kFree) continue;
    std::size_t at = slot.hash & (slots_.size() - 1);
    while (slots_[at].begin != kFree) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

}  // namespace pointsman::json::schema
