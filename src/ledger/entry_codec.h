// Entry <-> one compact binary record: what the journal and the database keep.
//
// Pure and allocation-free on the way in. A record starts with a version byte; columns that reports and filters need
// come first, so that a store can read them without decoding the rest. Integers are LEB128 varints (signed ones
// zigzag), strings and lists carry their length. decode() accepts any bytes: it either returns an entry or says which
// field is broken, and never allocates more than a small multiple of the input.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "ledger/entry.h"

namespace pointsman::ledger {

// The newest version. A record is written in the oldest that can hold it, so that a ledger stays readable for programs
// that never knew what it does not use. 2 adds the sentence encoder, 3 the small model, 4 strategies, 5 what learning
// needs, 6 what people had corrected, 7 protocols, 8 money: budgets, windows, where a conversation was, 9
// what came of a summary.
inline constexpr std::uint8_t kRecordVersion = 9;
// An output buffer of at least this size always takes a record.
inline constexpr std::size_t kMinRecordCapacity = 4096;

// Writes `entry` and returns the record's size; 0 only if `out` is smaller than kMinRecordCapacity and too small.
//
// When the whole entry does not fit, it is cut in this order, and marked `truncated`: the text is shortened to what
// remains (at a UTF-8 boundary); then text and features go; then lists keep 32 items, strings 256 bytes; then 4 items,
// 64 bytes.
std::size_t encode(const Entry& entry, std::span<char> out);

// Fails with kCorrupt naming the field, or kUnsupported for a version this build does not know.
base::Result<Entry> decode(std::string_view record);
// decode() for those who do not want the features of the prompt, most of a record: passes over them, so that there are
// none in the entry, and does not check them.
base::Result<Entry> decode_without_features(std::string_view record);

// The leading columns of a record; the views point into it.
struct Summary {
  base::Uuid id;
  Outcome outcome = Outcome::kOk;
  std::string_view stage;
  std::string_view category;
  std::string_view model;
  llm::Usage usage;
  std::optional<base::Money> cost;
  std::optional<base::Money> baseline_cost;
  std::chrono::microseconds overhead{0};
  std::chrono::microseconds total{0};
};
// Reads only the beginning of the record: what follows is not checked.
base::Result<Summary> decode_summary(std::string_view record);

}  // namespace pointsman::ledger
