// Heads of HTTP/1.1 messages: where one ends, and what it says. Strict where peers are known to disagree (RFC 9110 and
// 9112, tightened; the rules are listed at each function), because two readings of one head are a smuggled request.
//
// Pure: bytes in, views into those bytes out; nothing is kept between calls, nothing is allocated but error texts.
// A head may be used from one thread at a time and is meant to be reused. Its views hold until the buffer moves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "http/fields.h"
#include "http/peer.h"

namespace pointsman::http {

struct Limits {
  std::size_t head_bytes = 32 * 1024;  // request or status line to the empty line, both included
  std::size_t fields = kMaxFields;     // more than kMaxFields counts as kMaxFields
};

enum class Method : std::uint8_t { kGet, kHead, kPost, kDelete, kOptions, kOther };

struct Framing {
  enum class Kind : std::uint8_t { kNone, kLength, kChunked, kUntilClose };
  Kind kind = Kind::kNone;
  std::uint64_t length = 0;  // kLength only
  bool operator==(const Framing&) const = default;
};

struct RequestHead {
  Method method = Method::kOther;
  std::string_view method_name;
  std::string_view target;  // path and query as sent, not decoded
  std::string_view path;
  std::string_view query;  // without the '?'
  int minor_version = 1;
  FieldList fields;
  Framing framing;  // never kUntilClose
  bool keep_alive = true;
  bool expect_continue = false;  // HTTP/1.1, has a body, and the client waits for "100 Continue"
  std::string_view host;         // with its port, as sent

  std::optional<std::string_view> find(std::string_view name) const { return fields.find(name); }
  // The buffer that began at `from` now begins at `to`.
  void rebase(const char* from, const char* to);
};

struct ResponseHead {
  int status = 0;
  std::string_view reason;
  int minor_version = 1;
  FieldList fields;
  Framing framing;
  bool keep_alive = true;  // false whenever the body ends with the connection

  // 1xx: not the answer; the client skips it and reads the next head.
  bool informational() const { return status < 200; }
  std::optional<std::string_view> find(std::string_view name) const { return fields.find(name); }
  void rebase(const char* from, const char* to);
};

// The size of the head `buffer` begins with, nothing if more bytes are needed, or why it can never become one: kParse
// for a line not ended by CRLF or an empty first line, kTooLarge beyond limits.head_bytes. `scanned_from` is the size
// the buffer had at the previous call (0 at first), so that a head arriving byte by byte costs linear time.
base::Result<std::optional<std::size_t>> head_end(std::string_view buffer, std::size_t scanned_from,
                                                  const Limits& limits = {}, Peer peer = Peer::kClient);

// Reads a request's whole head: `bytes` are the first head_end() bytes of the buffer. On failure `out` is unspecified.
//
// - One SP between the parts of the request line; version exactly HTTP/1.1 or HTTP/1.0; target in origin form only.
//   CONNECT is kUnsupported. `Upgrade` is never acted on: the request is answered as the plain request that it also is.
// - Field names are tokens without '_' (gateways and CGI map '_' and '-' to one name); no space before the colon, no
//   folding, no control character but HTAB in a value, no CR or LF but in the CRLF that ends a line.
// - Exactly one Host, also in HTTP/1.0: name, IPv4 or [IPv6] address, and an optional port.
// - At most one Content-Length: 1-19 digits, no leading zero (some peers read octal), no list. At most one
//   Transfer-Encoding: exactly `chunked` in any case, in HTTP/1.1 only, never beside a Content-Length.
// - The value of Host, Content-Length and Transfer-Encoding follows its colon after at most one SP and ends at the
// CRLF.
// - One `Expect: 100-continue` or none; anything else is kUnsupported at "Expect" (417).
base::Result<void> parse_request_head(std::string_view bytes, const Limits& limits, RequestHead& out);

// Reads a response's whole head, as parse_request_head does, with errors of origin upstream (retry: another target).
// `request_method` decides whether a body follows. As strict, but names may hold '_', white space around values is
// free, and the reason may be missing. 101 is an error, for nothing was asked to switch.
base::Result<void> parse_response_head(std::string_view bytes, Method request_method, const Limits& limits,
                                       ResponseHead& out);

}  // namespace pointsman::http
