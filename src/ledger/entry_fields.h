// How the fields of an entry are written and read: flags, what is cut, strings, lists, money.
//
// Private to entry_codec.cc and entry_parts.h. Everything that puts is a template over Sizer and Writer, so that size
// and bytes cannot differ; everything that gets leaves a failed Reader failed.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "ledger/record_io.h"

namespace pointsman::ledger {

enum Flag : std::uint8_t { kStream = 1, kToolResultTurn = 2, kTruncated = 4 };
enum Mark : std::uint8_t { kCached = 1, kHedged = 2, kNoneOffered = 4 };
enum PassageMark : std::uint8_t { kDrained = 1, kCacheWrite = 2 };
// Of the money part: which of its optional amounts are there.
enum MoneyMark : std::uint8_t {
  kPromptTokens = 1,
  kExpected = 2,
  kReserved = 4,
  kCharged = 8,
  kCold = 16,
  kKept = 32,
  kLongCacheWrite = 64,
  kChargedTokens = 128,
};
enum Present : std::uint8_t {
  kInput = 1,
  kCachedInput = 2,
  kOutput = 4,
  kReasoning = 8,
  kCost = 16,
  kBaseline = 32,
  kProbability = 64,
};

// What a reader of a record wants of the features in it.
enum class Features : std::uint8_t { kKept, kPassedOver };

// How much of an entry a record keeps.
struct Limits {
  std::size_t text = std::numeric_limits<std::size_t>::max();
  std::size_t items = std::numeric_limits<std::size_t>::max();
  std::size_t string = std::numeric_limits<std::size_t>::max();
  std::size_t features = std::numeric_limits<std::size_t>::max();  // more are not kept at all: a part would mislead
  bool truncated = false;
};

// The longest prefix of at most `limit` bytes that does not end inside a UTF-8 sequence.
inline std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<std::uint8_t>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

template <class Out>
void put_signed(Out& out, std::int64_t value) {
  out.varint(zigzag(value));
}

template <class Out>
void put_string(Out& out, std::string_view text, std::size_t limit) {
  const std::string_view kept = cut(text, limit);
  out.varint(kept.size());
  out.bytes(kept.data(), kept.size());
}

template <class Out>
void put_strings(Out& out, const std::vector<std::string>& list, const Limits& limits) {
  const std::size_t count = std::min(list.size(), limits.items);
  out.varint(count);
  for (std::size_t i = 0; i < count; ++i) put_string(out, list[i], limits.string);
}

inline std::optional<std::int64_t> get_optional(Reader& in, std::uint8_t present, std::uint8_t bit, const char* field) {
  if ((present & bit) == 0) return std::nullopt;
  return unzigzag(in.varint(field));
}

inline std::optional<base::Money> get_money(Reader& in, std::uint8_t present, Present bit, const char* field) {
  const auto nanos = get_optional(in, present, bit, field);
  if (!nanos) return std::nullopt;
  return base::Money{*nanos};
}

inline std::chrono::microseconds get_duration(Reader& in, const char* field) {
  return std::chrono::microseconds(unzigzag(in.varint(field)));
}

inline int get_status(Reader& in, const char* field) {
  const std::int64_t status = unzigzag(in.varint(field));
  if (status < std::numeric_limits<int>::min() || status > std::numeric_limits<int>::max()) in.fail(field);
  return in.failed() ? 0 : static_cast<int>(status);
}

inline std::vector<std::string> get_strings(Reader& in, const char* field) {
  const std::size_t count = in.count(field, 1);
  std::vector<std::string> list;
  list.reserve(std::min<std::size_t>(count, 64));
  for (std::size_t i = 0; i < count && !in.failed(); ++i) list.emplace_back(in.string(field));
  return list;
}

}  // namespace pointsman::ledger
