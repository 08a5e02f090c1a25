// What a request's own x-sim-* headers tell the simulated provider to do, over its configuration:
//
//   x-sim-fault: <fault.h>      x-sim-ttft-ms: N        x-sim-tokens: N       x-sim-chunk-ms: N
//   x-sim-chunk-bytes: N        x-sim-usage: none | early | with-finish       x-sim-tools: call | text
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "http/fields.h"
#include "simulate/fault.h"

namespace pointsman::simulate {

enum class UsageStyle : std::uint8_t {
  kAsAsked,     // non-stream: always; stream: a chunk of its own if stream_options.include_usage
  kNone,        // never
  kEarly,       // stream: in the first chunk
  kWithFinish,  // stream: in the chunk that has the finish_reason
};

enum class ToolHint : std::uint8_t { kAsConfigured, kCall, kText };

struct Directives {
  bool any = false;
  std::optional<Fault> fault;
  std::optional<double> first_token_ms;
  std::optional<double> chunk_ms;
  std::optional<std::uint32_t> tokens;
  std::optional<std::uint32_t> chunk_bytes;
  UsageStyle usage = UsageStyle::kAsAsked;
  ToolHint tools = ToolHint::kAsConfigured;
};

// kInvalidArgument at the header's name for one that is unknown or cannot be read.
base::Result<Directives> read_directives(const http::FieldList& fields);

}  // namespace pointsman::simulate
