#include "simulate/directives.h"

#include <charconv>
#include <string>

namespace pointsman::simulate {
namespace {

constexpr std::string_view kPrefix = "x-sim-";
constexpr std::uint32_t kMaxTokens = 200'000;
constexpr std::uint32_t kMaxChunkBytes = 1024 * 1024;
constexpr std::uint32_t kMaxMs = 600'000;

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value > most) return std::nullopt;
  return value;
}

// False if the value cannot be read or the name is unknown.
bool read_word(std::string_view name, std::string_view value, Directives& out) {
  if (http::equal_ignoring_case(name, "usage")) {
    if (value == "none") out.usage = UsageStyle::kNone;
    if (value == "early") out.usage = UsageStyle::kEarly;
    if (value == "with-finish") out.usage = UsageStyle::kWithFinish;
    return out.usage != UsageStyle::kAsAsked;
  }
  if (http::equal_ignoring_case(name, "tools")) {
    if (value == "call") out.tools = ToolHint::kCall;
    if (value == "text") out.tools = ToolHint::kText;
    return out.tools != ToolHint::kAsConfigured;
  }
  return false;
}

bool read_number(std::string_view name, std::string_view value, Directives& out) {
  if (http::equal_ignoring_case(name, "tokens")) return (out.tokens = number(value, kMaxTokens)).has_value();
  if (http::equal_ignoring_case(name, "ttft-ms")) return (out.first_token_ms = number(value, kMaxMs)).has_value();
  if (http::equal_ignoring_case(name, "chunk-ms")) return (out.chunk_ms = number(value, kMaxMs)).has_value();
  if (!http::equal_ignoring_case(name, "chunk-bytes")) return false;
  out.chunk_bytes = number(value, kMaxChunkBytes);
  return out.chunk_bytes.value_or(0) > 0;
}

}  // namespace

base::Result<Directives> read_directives(const http::FieldList& fields) {
  Directives out;
  for (const http::Field& field : fields) {
    if (field.name.size() <= kPrefix.size() || field.name[1] != '-' ||
        !http::equal_ignoring_case(field.name.substr(0, kPrefix.size()), kPrefix)) {
      continue;
    }
    out.any = true;
    const std::string_view name = field.name.substr(kPrefix.size());
    if (http::equal_ignoring_case(name, "fault")) {
      PM_TRY(out.fault, parse_fault(field.value));
    } else if (!read_number(name, field.value, out) && !read_word(name, field.value, out)) {
      return base::fail(base::Error(base::ErrorCode::kInvalidArgument,
                                    "the simulated provider cannot read '" + std::string(field.name) + ": " +
                                        std::string(field.value) + "'",
                                    base::Origin::kClient)
                            .at(std::string(field.name)));
    }
  }
  return out;
}

}  // namespace pointsman::simulate
