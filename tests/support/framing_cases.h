// Request framing payloads and what a server must make of each: nothing may be read two ways.
//
// A matrix: each header row stands first, in the middle and last among the fields, of a GET and of a POST; each
// request line and each chunked body in a GET and in a POST; all of them alone, followed by a second request, and
// behind a good one on the same connection. Used against the codec and, byte for byte, against a real socket.
#pragma once

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/framing_bodies.h"
#include "support/framing_defects.h"

namespace pointsman::testing {

// The body limit the 413 rows count on.
inline constexpr std::size_t kFramingBodyLimit = 1024 * 1024;

struct ServedRequest {
  std::string method;
  std::string target;
  std::string body;
  bool operator==(const ServedRequest&) const = default;
};

// Send `bytes`; expect one answer for each of `served`, in order, each request exactly so; then, if `refusal` is not 0,
// one answer of that status and the connection closed, with nothing behind it looked at. If it is 0, the connection
// stays open with every byte used up, or was closed behind the last answer if `keep_alive` is false.
struct FramingCase {
  std::string name;
  std::string bytes;
  std::vector<ServedRequest> served;
  int refusal = 0;
  bool keep_alive = true;
};

class FramingMatrix {
 public:
  static std::vector<FramingCase> all() {
    FramingMatrix matrix;
    for (const char* method : {"GET", "POST"}) {
      for (const auto& rows : {transfer_encoding_rows(), content_length_rows(), old_version_rows(), host_rows(),
                               field_rows(), harmless_field_rows()}) {
        for (const HeaderRow& row : rows) matrix.add_header_row(row, method);
      }
      for (const auto& rows : {request_line_rows(), request_target_rows(), more_request_line_rows()}) {
        for (const RequestLineRow& row : rows) matrix.add_request_line_row(row, method);
      }
      for (const auto& rows : {chunk_size_rows(), chunked_rows()}) {
        for (const ChunkedRow& row : rows) matrix.add_chunked_row(row, method);
      }
      matrix.add_large_heads(method);
    }
    return std::move(matrix.cases_);
  }

 private:
  static constexpr std::array<std::string_view, 3> kPositions = {"first", "middle", "last"};

  void add_header_row(const HeaderRow& row, const std::string& method) {
    const std::string own_body = row.replaces == HeaderRow::kFraming || method == "GET" ? "" : "abc";
    std::vector<std::string> lines;
    if (row.replaces != HeaderRow::kHost) lines.push_back("Host: gw.example\r\n");
    lines.push_back("Accept: */*\r\n");
    if (!own_body.empty()) lines.push_back("Content-Length: 3\r\n");
    lines.push_back("X-Last: z\r\n");
    for (std::size_t position = 0; position < kPositions.size(); ++position) {
      std::string head = method + " /v1/x " + row.version + "\r\n";
      const std::size_t before = position * lines.size() / 2;
      for (std::size_t i = 0; i <= lines.size(); ++i) {
        if (i == before) head += row.lines;
        if (i < lines.size()) head += lines[i];
      }
      FramingCase made{row.name + ", " + std::string(kPositions[position]) + ", " + method,
                       head + "\r\n" + (own_body.empty() ? row.after : own_body),
                       {},
                       row.refusal,
                       row.keep_alive};
      if (row.refusal == 0) made.served = {{method, "/v1/x", own_body.empty() ? row.body : own_body}};
      add_contexts(made);
    }
  }

  void add_request_line_row(const RequestLineRow& row, const std::string& method) {
    const auto filled = [&](std::string text) {
      const std::size_t at = text.find("%M");
      return at == std::string::npos ? text : text.replace(at, 2, method);
    };
    const std::string body = method == "POST" ? "abc" : "";
    const std::string framing = body.empty() ? "" : "Content-Length: 3\r\n";
    FramingCase made{row.name + ", " + method,
                     filled(row.line) + "Host: gw.example\r\n" + framing + "\r\n" + body,
                     {},
                     row.refusal,
                     row.keep_alive};
    if (row.refusal == 0) made.served = {{filled(row.method), row.target, body}};
    add_contexts(made);
  }

  void add_chunked_row(const ChunkedRow& row, const std::string& method) {
    FramingCase made{row.name + ", " + method,
                     method + " /v1/x HTTP/1.1\r\nHost: gw.example\r\nTransfer-Encoding: chunked\r\n\r\n" + row.bytes,
                     {},
                     row.refusal};
    if (row.refusal == 0) made.served = {{method, "/v1/x", row.body}};
    add_contexts(made);
  }

  void add_large_heads(const std::string& method) {
    const std::string start = method + " /v1/x HTTP/1.1\r\nHost: gw.example\r\n";
    for (const int fields : {100, 101, 300}) {
      std::string head = start;
      for (int i = 1; i < fields; ++i) head += "a: b\r\n";
      add_large(std::to_string(fields) + " fields, " + method, head + "\r\n", method, fields > 100);
    }
    for (const std::size_t size : {32768UL, 32769UL, 70000UL}) {
      const std::string value(size - start.size() - 7, 'v');  // "a: " and two CRLFs
      add_large(std::to_string(size) + " bytes of head, " + method, start + "a: " + value + "\r\n\r\n", method,
                size > 32768);
    }
    add_large("endless target, " + method, method + " /" + std::string(40000, 'a'), method, true);
  }

  void add_large(const std::string& name, std::string bytes, const std::string& method, bool refused) {
    FramingCase made{name, std::move(bytes), {}, refused ? 431 : 0};
    if (!refused) made.served = {{method, "/v1/x", ""}};
    add_contexts(made);
  }

  void add_contexts(const FramingCase& made) {
    FramingCase followed = made;
    followed.name += ", followed";
    followed.bytes += "GET /second HTTP/1.1\r\nHost: gw.example\r\n\r\n";
    if (made.refusal == 0 && made.keep_alive) followed.served.push_back({"GET", "/second", ""});
    FramingCase behind = followed;
    behind.name += ", behind a good one";
    behind.bytes.insert(0, "POST /first HTTP/1.1\r\nHost: gw.example\r\nContent-Length: 5\r\n\r\nfirst");
    behind.served.insert(behind.served.begin(), {"POST", "/first", "first"});
    for (const FramingCase* one : {&made, &std::as_const(followed), &std::as_const(behind)}) {
      if (seen_.insert(one->bytes).second) cases_.push_back(*one);
    }
  }

  std::vector<FramingCase> cases_;
  std::set<std::string> seen_;
};

}  // namespace pointsman::testing
