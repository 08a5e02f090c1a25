#include <cstring>
#include <string>

#include "http/characters.h"
#include "http/field_parser.h"
#include "http/head.h"
#include "http/host.h"

namespace pointsman::http {
namespace {

using base::ErrorCode;

constexpr std::size_t kMaxMethodBytes = 32;
constexpr std::size_t kVersionLine = 10;  // "HTTP/1.1" CRLF

[[gnu::cold, gnu::noinline]] base::Error client_error(std::string_view message, std::string_view place) {
  return codec_error(Peer::kClient, ErrorCode::kParse, message, place);
}

Method method_of(std::string_view name) {
  if (name == "POST") return Method::kPost;
  if (name == "GET") return Method::kGet;
  if (name == "HEAD") return Method::kHead;
  if (name == "DELETE") return Method::kDelete;
  if (name == "OPTIONS") return Method::kOptions;
  return Method::kOther;
}

[[gnu::cold, gnu::noinline]] base::Error target_error(const char* target, const char* stop) {
  if (stop == target) {
    return client_error("the target must begin with '/' (no absolute, authority or asterisk form), after one space",
                        "request line");
  }
  if (*stop == '#') return client_error("the target must not have a fragment", "request line");
  if (*stop == '\r') return client_error("the HTTP version is missing", "request line");
  return client_error("the target holds a character that is not visible ASCII", "request line");
}

// Reads "method SP target SP version CRLF" at `p` and moves `p` behind it. `end` as in parse_fields.
base::Result<void> parse_request_line(const char*& p, const char* end, RequestHead& out) {
  const char* const method = p;
  while (is_class(*p, kTokenByte)) ++p;
  const auto method_bytes = static_cast<std::size_t>(p - method);
  if (*p != ' ' || method_bytes == 0 || method_bytes > kMaxMethodBytes) {
    return base::fail(client_error("must begin with a method and one space", "request line"));
  }
  out.method_name = {method, method_bytes};
  out.method = method_of(out.method_name);
  if (out.method_name == "CONNECT") {
    return base::fail(codec_error(Peer::kClient, ErrorCode::kUnsupported, "CONNECT is not offered", "request line"));
  }
  const char* const target = ++p;
  if (*p != '/') return base::fail(target_error(target, p));
  const char* question = nullptr;
  for (; is_class(*p, kTargetByte); ++p) {
    if (*p == '?' && question == nullptr) question = p;
  }
  if (*p != ' ') return base::fail(target_error(target, p));
  const char* const path_end = question == nullptr ? p : question;
  out.target = {target, static_cast<std::size_t>(p - target)};
  out.path = {target, static_cast<std::size_t>(path_end - target)};
  out.query = question == nullptr ? std::string_view() : std::string_view(question + 1, p);
  ++p;
  if (static_cast<std::size_t>(end - p) < kVersionLine || std::memcmp(p, "HTTP/1.", 7) != 0 ||
      (p[7] != '0' && p[7] != '1') || p[8] != '\r' || p[9] != '\n') {
    return base::fail(client_error("must end with one space and HTTP/1.1 or HTTP/1.0", "request line"));
  }
  out.minor_version = p[7] - '0';
  p += kVersionLine;
  return {};
}

base::Result<void> check_host(const SingleField& host) {
  if (host.count == 0) return base::fail(client_error("is missing", "Host"));
  if (host.count > 1) return base::fail(client_error("must appear only once", "Host"));
  if (!host.tight || !valid_host(host.value)) {
    return base::fail(client_error("must be a host name or address with an optional port", "Host"));
  }
  return {};
}

base::Result<void> check_expect(const SingleField& expect) {
  if (expect.count == 0 || (expect.count == 1 && equal_ignoring_case(expect.value, "100-continue"))) return {};
  return base::fail(
      codec_error(Peer::kClient, ErrorCode::kUnsupported, "only one '100-continue' can be expected", "Expect"));
}

}  // namespace

base::Result<void> parse_request_head(std::string_view bytes, const Limits& limits, RequestHead& out) {
  if (bytes.size() > limits.head_bytes) {
    return base::fail(codec_error(Peer::kClient, ErrorCode::kTooLarge, "the head is too large", "head"));
  }
  if (!bytes.ends_with("\r\n\r\n")) {
    return base::fail(client_error("the head does not end with an empty line", "head"));
  }
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  FieldFacts facts;
  PM_CHECK(parse_request_line(p, end, out));
  PM_CHECK(parse_fields(p, end, Peer::kClient, limits, out.fields, facts));
  PM_CHECK(check_host(facts.host));
  PM_TRY(out.framing, framing_of(facts, Peer::kClient, out.minor_version));
  PM_CHECK(check_expect(facts.expect));
  out.host = facts.host.value;
  out.keep_alive = persistent(facts, out.minor_version);
  // RFC 9110 section 10.1.1: an expectation in HTTP/1.0, or without content, is ignored.
  out.expect_continue = facts.expect.count == 1 && out.minor_version == 1 && out.framing.kind != Framing::Kind::kNone &&
                        out.framing != Framing{Framing::Kind::kLength, 0};
  return {};
}

void RequestHead::rebase(const char* from, const char* to) {
  for (std::string_view* view : {&method_name, &target, &path, &query, &host}) *view = rebased(*view, from, to);
  fields.rebase(from, to);
}

}  // namespace pointsman::http
