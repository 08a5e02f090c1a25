#include "upstream/provider.h"

#include <algorithm>
#include <array>

#include "http/write.h"

namespace pointsman::upstream {
namespace {

// RFC 9110 section 7.6.1 names the hop-by-hop fields; framing and Host are made anew.
constexpr std::array<std::string_view, 12> kHopByHop = {
    "connection", "keep-alive",        "proxy-connection", "transfer-encoding", "upgrade",
    "te",         "trailer",           "expect",           "content-length",    "host",
    "via",        "proxy-authenticate"};
constexpr std::array<std::string_view, 11> kClientOnly = {
    "authorization",   "cookie",          "x-api-key", "api-key",          "proxy-authorization",
    "accept-encoding", "x-forwarded-for", "forwarded", "x-forwarded-host", "x-forwarded-proto",
    "x-real-ip"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  for (const std::string_view one : names) {
    if (one.size() == name.size() && http::equal_ignoring_case(one, name)) return true;
  }
  return false;
}

bool is_ours(std::string_view name) {
  constexpr std::string_view kPrefix = "x-pointsman-";
  return name.size() >= kPrefix.size() && http::equal_ignoring_case(name.substr(0, kPrefix.size()), kPrefix);
}

// Whether the Connection field names this one: it is for the next hop only (RFC 9110 section 7.6.1).
bool named_by_connection(const http::FieldList& fields, std::string_view name) {
  for (const http::Field& field : fields) {
    if (!http::equal_ignoring_case(field.name, "connection")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      std::string_view option = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      while (option.starts_with(' ') || option.starts_with('\t')) option.remove_prefix(1);
      while (option.ends_with(' ') || option.ends_with('\t')) option.remove_suffix(1);
      if (http::equal_ignoring_case(option, name)) return true;
    }
  }
  return false;
}

bool passes_to_upstream(std::string_view name) {
  return !is_one_of(name, kHopByHop) && !is_one_of(name, kClientOnly) && !is_ours(name) &&
         !http::equal_ignoring_case(name, "content-type");
}

// Meant for Anthropic's API, and unknown anywhere else.
bool is_of_messages(std::string_view name) {
  constexpr std::string_view kPrefix = "anthropic-";
  return name.size() >= kPrefix.size() && http::equal_ignoring_case(name.substr(0, kPrefix.size()), kPrefix);
}

bool is_trace_context(std::string_view name) {
  return http::equal_ignoring_case(name, "traceparent") || http::equal_ignoring_case(name, "tracestate");
}

bool is_set_by(const Provider& provider, std::string_view name) {
  return std::ranges::any_of(provider.own_fields,
                             [name](const std::string& own) { return http::equal_ignoring_case(own, name); });
}

}  // namespace

base::Result<void> append_request_head(const Provider& provider, std::string_view path, Author author,
                                       const http::FieldList& client_fields, std::uint64_t body_bytes, std::string& out,
                                       std::string_view trace_fields) {
  std::string target = provider.prefix;
  target += path;
  if (!http::append_request_start(out, "POST", target, provider.host)) {
    return base::fail(base::ErrorCode::kInternal,
                      "provider '" + provider.name + "': its address makes no valid request");
  }
  out += provider.fields.reveal();
  constexpr std::string_view kVersion = "anthropic-version";
  const bool states_version = author == Author::kClient && client_fields.find(kVersion);
  if (!provider.version.empty() && !states_version) (void)http::append_field(out, kVersion, provider.version);
  const bool names_fields = client_fields.find("connection").has_value();
  for (const http::Field& field : client_fields) {
    if (!passes_to_upstream(field.name) || is_set_by(provider, field.name)) continue;
    if (provider.version.empty() && is_of_messages(field.name)) continue;
    if (!trace_fields.empty() && is_trace_context(field.name)) continue;
    if (!states_version && http::equal_ignoring_case(field.name, kVersion)) continue;
    if (names_fields && named_by_connection(client_fields, field.name)) continue;
    if (!http::append_field(out, field.name, field.value)) {
      return base::fail(base::ErrorCode::kInternal, "a client's header cannot be passed on");
    }
  }
  out += trace_fields;
  http::append_line(out, "content-type: application/json");
  http::append_content_length(out, body_bytes);
  http::append_head_end(out);
  return {};
}

bool passes_to_client(const http::FieldList& fields, std::string_view name) {
  return !is_one_of(name, kHopByHop) && !is_ours(name) && !http::equal_ignoring_case(name, "date") &&
         !http::equal_ignoring_case(name, "set-cookie") && !http::equal_ignoring_case(name, "server") &&
         !named_by_connection(fields, name);
}

}  // namespace pointsman::upstream
