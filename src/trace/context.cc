#include "trace/context.h"

#include <algorithm>
#include <array>

namespace pointsman::trace {
namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;
constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kSpanAt = kTraceAt + kTraceDigits + 1;
constexpr std::size_t kFlagsAt = kSpanAt + kSpanDigits + 1;
constexpr std::size_t kLength = kFlagsAt + 2;
constexpr std::ptrdiff_t kMaxMembers = 32;

// Lower-case digits alone: capitals are not valid here.
std::optional<std::uint64_t> read_hex(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(digit);
  }
  return value;
}

void append_digits(std::uint64_t value, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, kSpanDigits> digits{};
  for (std::size_t i = digits.size(); i-- > 0; value >>= 4) digits[i] = kDigits[value & 15];
  out.append(digits.data(), digits.size());
}

}  // namespace

TraceId next_trace_id(base::Rng& rng) {
  TraceId id;
  while (!id) id = {rng.next(), rng.next()};
  return id;
}

SpanId next_span_id(base::Rng& rng) {
  SpanId id;
  while (!id) id = {rng.next()};
  return id;
}

void append_hex(TraceId id, std::string& out) {
  append_digits(id.high, out);
  append_digits(id.low, out);
}

void append_hex(SpanId id, std::string& out) {
  append_digits(id.value, out);
}

std::optional<Parent> parse_traceparent(std::string_view text) {
  if (text.size() < kLength || text[2] != '-' || text[kSpanAt - 1] != '-' || text[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  const auto version = read_hex(text.substr(0, 2));
  if (!version || *version == 0xff) return std::nullopt;
  const bool longer = text.size() > kLength;
  if (longer && (*version == 0 || text[kLength] != '-')) return std::nullopt;
  const auto high = read_hex(text.substr(kTraceAt, kSpanDigits));
  const auto low = read_hex(text.substr(kTraceAt + kSpanDigits, kSpanDigits));
  const auto span = read_hex(text.substr(kSpanAt, kSpanDigits));
  const auto flags = read_hex(text.substr(kFlagsAt, 2));
  if (!high || !low || !span || !flags) return std::nullopt;
  const Parent parent{{*high, *low}, {*span}, (*flags & 1) != 0};
  if (!parent.trace || !parent.span) return std::nullopt;
  return parent;
}

void append_traceparent(const Parent& parent, std::string& out) {
  out += "00-";
  append_hex(parent.trace, out);
  out += '-';
  append_hex(parent.span, out);
  out += parent.sampled ? "-01" : "-00";
}

bool is_tracestate(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTracestate &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }) &&
         std::ranges::count(text, ',') < kMaxMembers;
}

bool is_sampled(TraceId trace, double share) {
  constexpr int kBits = 56;
  constexpr std::uint64_t kAll = std::uint64_t{1} << kBits;
  if (share >= 1) return true;
  if (!(share > 0)) return false;
  const std::uint64_t lot = trace.low & (kAll - 1);
  return lot >= kAll - static_cast<std::uint64_t>(share * static_cast<double>(kAll));
}

}  // namespace pointsman::trace
