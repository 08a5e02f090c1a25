// Which trace a request belongs to: W3C Trace Context (traceparent, tracestate), read from a client and told an
// upstream, and the decision whether it is recorded.
//
// Plain values, pure functions; random numbers are an argument. What a client sends is hostile until it is parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/rng.h"

namespace pointsman::trace {

struct TraceId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  bool operator==(const TraceId&) const = default;
  explicit operator bool() const { return (high | low) != 0; }
};

struct SpanId {
  std::uint64_t value = 0;

  bool operator==(const SpanId&) const = default;
  explicit operator bool() const { return value != 0; }
};

TraceId next_trace_id(base::Rng& rng);  // never 0
SpanId next_span_id(base::Rng& rng);    // likewise

// Lower-case hexadecimal digits, 32 and 16 of them.
void append_hex(TraceId id, std::string& out);
void append_hex(SpanId id, std::string& out);

// What a traceparent says.
struct Parent {
  TraceId trace;
  SpanId span;
  bool sampled = false;

  bool operator==(const Parent&) const = default;
};

// Nothing for what is no valid traceparent (W3C Trace Context, section 3.2): then a trace of its own begins. Versions
// that are not known yet are read as version 00.
std::optional<Parent> parse_traceparent(std::string_view text);
// "00-<trace>-<span>-01"; 00 at the end where it is not sampled.
void append_traceparent(const Parent& parent, std::string& out);

// The longest tracestate that is kept; a longer one is dropped whole, and the trace goes on.
inline constexpr std::size_t kMaxTracestate = 512;
// Whether a tracestate can be passed on as it is: printable, not too long, at most 32 members.
bool is_tracestate(std::string_view text);

// Whether a trace that nobody has decided on is recorded: the same for every process that sees the same trace and asks
// for at least that share (the last 7 bytes of its id, which W3C Trace Context wants to be random).
bool is_sampled(TraceId trace, double share);

}  // namespace pointsman::trace
