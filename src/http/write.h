// Heads and chunk framing written by appending to the caller's buffer: no formatting library, no temporary strings.
//
// Pure; distinct buffers may be filled concurrently. Nothing a client or an upstream said can break a head open: every
// name, value, method and target is checked before it is appended, and a refused one appends nothing.
//
//   std::string out;                                       std::string out;
//   append_status_line(out, 200);                          if (!append_request_start(out, "POST", path, host)) ...
//   append_line(out, "content-type: application/json");    if (!append_field(out, "authorization", key)) ...
//   append_content_length(out, body.size());               append_line(out, "transfer-encoding: chunked");
//   append_head_end(out);                                  append_head_end(out);
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pointsman::http {

// A header line known when the program is compiled, and checked then: "name: value" of visible ASCII and spaces.
class FixedLine {
 public:
  template <std::size_t N>
  consteval FixedLine(const char (&line)[N]) : line_(line, N - 1) {  // NOLINT(google-explicit-constructor)
    if (!line_.contains(": ") || line_.starts_with(':')) throw "a header line is written 'name: value'";
    for (const char c : line_) {
      if (c < 0x20 || c > 0x7e) throw "a header line holds visible ASCII and spaces only";
    }
  }
  std::string_view text() const { return line_; }

 private:
  std::string_view line_;
};

// "HTTP/1.1 200 OK" CRLF. `status` is 100 to 599.
void append_status_line(std::string& out, int status);

// "POST /v1/x HTTP/1.1" CRLF "host: h" CRLF. False, and nothing appended, if the method is not a token, the target not
// in origin form, or the host empty or more than a name or address with a port.
[[nodiscard]] bool append_request_start(std::string& out, std::string_view method, std::string_view target,
                                        std::string_view host);

// "name: value" CRLF. False, and nothing appended, if the name is not a token or the value holds a control character
// other than HTAB (so never CR, LF or NUL).
[[nodiscard]] bool append_field(std::string& out, std::string_view name, std::string_view value);

void append_line(std::string& out, FixedLine line);
void append_content_length(std::string& out, std::uint64_t bytes);
void append_decimal(std::string& out, std::uint64_t number);
// The empty line that ends the head.
void append_head_end(std::string& out);

// One chunk of `bytes` content is its ChunkHeader, the content, kChunkEnd; `bytes` is not 0, for that ends the body.
class ChunkHeader {
 public:
  explicit ChunkHeader(std::uint64_t bytes);
  std::string_view text() const { return {text_.data() + begin_, text_.size() - begin_}; }

 private:
  std::array<char, 18> text_;  // 16 hexadecimal digits and CRLF, right-aligned
  std::size_t begin_;
};
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// The value of a Date field: IMF-fixdate of RFC 9110 section 5.6.7, e.g. "Sun, 06 Nov 1994 08:49:37 GMT".
class HttpDate {
 public:
  explicit HttpDate(base::WallTime now);
  std::string_view text() const { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 29> text_;
};

// Keeps the Date of the current second, for the thread that owns it.
class DateCache {
 public:
  // The view holds until the next call.
  std::string_view at(base::WallTime now);

 private:
  std::chrono::sys_seconds second_{};
  HttpDate date_{base::WallTime{}};
};

}  // namespace pointsman::http
