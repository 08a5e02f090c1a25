#include <cstring>
#include <string>

#include "http/characters.h"
#include "http/field_parser.h"
#include "http/head.h"

namespace pointsman::http {
namespace {

using base::ErrorCode;

constexpr std::size_t kStatusLine = 14;  // "HTTP/1.1 200" CRLF

[[gnu::cold, gnu::noinline]] base::Error upstream_error(std::string_view message, std::string_view place) {
  return codec_error(Peer::kUpstream, ErrorCode::kParse, message, place);
}

// Reads "version SP status [SP reason] CRLF" at `p` and moves `p` behind it. `end` as in parse_fields.
base::Result<void> parse_status_line(const char*& p, const char* end, ResponseHead& out) {
  if (static_cast<std::size_t>(end - p) < kStatusLine || std::memcmp(p, "HTTP/1.", 7) != 0 ||
      (p[7] != '0' && p[7] != '1') || p[8] != ' ') {
    return base::fail(upstream_error("must begin with HTTP/1.1 or HTTP/1.0 and one space", "status line"));
  }
  out.minor_version = p[7] - '0';
  p += 9;
  if (*p < '1' || *p > '5' || !is_digit(p[1]) || !is_digit(p[2])) {
    return base::fail(upstream_error("must have a status of three digits from 100 to 599", "status line"));
  }
  out.status = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
  p += 3;
  const char* const line_end = find_control(p, end);
  if (line_end[0] != '\r' || line_end[1] != '\n' || (line_end != p && *p != ' ')) {
    return base::fail(upstream_error("must end with the status, or with one space and a reason", "status line"));
  }
  out.reason = line_end == p ? std::string_view() : std::string_view(p + 1, line_end);
  p = line_end + 2;
  return {};
}

// RFC 9112 section 6.3: what really follows this head, given what the fields claim. A body that must not be there is
// refused, because the bytes would be taken for the next response.
base::Result<Framing> body_framing(Framing claimed, int status, Method request_method) {
  const bool claims_body =
      claimed.kind == Framing::Kind::kChunked || (claimed.kind == Framing::Kind::kLength && claimed.length != 0);
  if ((status < 200 || status == 204) && claims_body) {
    return base::fail(upstream_error("this status cannot have a body, but one is announced", "status line"));
  }
  if (status < 200 || status == 204 || status == 304 || request_method == Method::kHead) return Framing{};
  if (claimed.kind == Framing::Kind::kNone) return Framing{Framing::Kind::kUntilClose, 0};
  return claimed;
}

}  // namespace

base::Result<void> parse_response_head(std::string_view bytes, Method request_method, const Limits& limits,
                                       ResponseHead& out) {
  if (bytes.size() > limits.head_bytes) {
    return base::fail(codec_error(Peer::kUpstream, ErrorCode::kTooLarge, "the head is too large", "head"));
  }
  if (!bytes.ends_with("\r\n\r\n")) {
    return base::fail(upstream_error("the head does not end with an empty line", "head"));
  }
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  FieldFacts facts;
  PM_CHECK(parse_status_line(p, end, out));
  PM_CHECK(parse_fields(p, end, Peer::kUpstream, limits, out.fields, facts));
  if (out.status == 101) {
    return base::fail(codec_error(Peer::kUpstream, ErrorCode::kUnsupported,
                                  "switches protocols, which was not asked for", "status line"));
  }
  PM_TRY(const Framing claimed, framing_of(facts, Peer::kUpstream, out.minor_version));
  PM_TRY(out.framing, body_framing(claimed, out.status, request_method));
  out.keep_alive = persistent(facts, out.minor_version) && out.framing.kind != Framing::Kind::kUntilClose;
  return {};
}

void ResponseHead::rebase(const char* from, const char* to) {
  reason = rebased(reason, from, to);
  fields.rebase(from, to);
}

}  // namespace pointsman::http
