// The rows of the framing matrix: header lines, request lines and chunked bodies, each with the one way to read it.
//
// Constant tables made on demand; framing_cases.h places them in requests.
#pragma once

#include <string>
#include <vector>

namespace pointsman::testing {

// Header lines to be put into a request that is fine without them.
struct HeaderRow {
  enum Replaces { kNothing, kFraming, kHost };
  std::string name;
  std::string lines;             // with their CRLFs
  Replaces replaces = kNothing;  // which lines of the request they stand for
  std::string after;             // kFraming: the bytes behind the head
  int refusal = 400;             // 0 if the request is to be served...
  std::string body;              // ...with this body (kFraming)
  std::string version = "HTTP/1.1";
  bool keep_alive = true;
};

struct RequestLineRow {
  std::string name;
  std::string line;  // "%M" stands for the method; with its CRLF
  int refusal = 400;
  std::string target = "/v1/x";
  std::string method = "%M";
  bool keep_alive = true;
};

struct ChunkedRow {
  std::string name;
  std::string bytes;
  int refusal = 400;
  std::string body;
};

inline std::vector<HeaderRow> transfer_encoding_rows() {
  using namespace std::string_literals;
  const std::string chunked = "3\r\nabc\r\n0\r\n\r\n";
  std::vector<HeaderRow> rows;
  const auto refuse = [&](const std::string& name, const std::string& lines) {
    rows.push_back({"te " + name, lines, HeaderRow::kFraming, chunked});
  };
  const auto serve = [&](const std::string& name, const std::string& lines) {
    rows.push_back({"te " + name, lines, HeaderRow::kFraming, chunked, 0, "abc"});
  };
  serve("plain", "Transfer-Encoding: chunked\r\n");
  serve("upper case", "TRANSFER-ENCODING: CHUNKED\r\n");
  serve("mixed case without a space", "transfer-Encoding:Chunked\r\n");
  refuse("xchunked", "Transfer-Encoding: xchunked\r\n");
  refuse("xchunked and length", "Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n");
  refuse("chunked, identity", "Transfer-Encoding: chunked, identity\r\n");
  refuse("identity, chunked", "Transfer-Encoding: identity, chunked\r\n");
  refuse("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n");
  refuse("chunked, chunked", "Transfer-Encoding: chunked, chunked\r\n");
  refuse("identity", "Transfer-Encoding: identity\r\n");
  refuse("gzip", "Transfer-Encoding: gzip\r\n");
  refuse("empty", "Transfer-Encoding:\r\n");
  refuse("comma first", "Transfer-Encoding: ,chunked\r\n");
  refuse("comma last", "Transfer-Encoding: chunked,\r\n");
  refuse("parameter", "Transfer-Encoding: chunked;q=1\r\n");
  refuse("quoted", "Transfer-Encoding: \"chunked\"\r\n");
  refuse("two spaces before", "Transfer-Encoding:  chunked\r\n");
  refuse("tab before", "Transfer-Encoding:\tchunked\r\n");
  refuse("tab behind", "Transfer-Encoding: chunked\t\r\n");
  refuse("space behind", "Transfer-Encoding: chunked \r\n");
  refuse("vertical tab before", "Transfer-Encoding: \vchunked\r\n");
  refuse("vertical tab behind", "Transfer-Encoding: chunked\v\r\n");
  refuse("form feed", "Transfer-Encoding: \fchunked\r\n");
  refuse("NUL behind", "Transfer-Encoding: chunked\0\r\n"s);
  refuse("high byte before",
         "Transfer-Encoding: \xa0"
         "chunked\r\n");
  refuse("bare CR before", "Transfer-Encoding: \rchunked\r\n");
  refuse("bare LF before", "Transfer-Encoding: \nchunked\r\n");
  refuse("folded value", "Transfer-Encoding:\r\n chunked\r\n");
  refuse("folded continuation", "Transfer-Encoding: chunked\r\n\tidentity\r\n");
  refuse("twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n");
  refuse("twice, second identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n");
  refuse("twice, first identity", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n");
  refuse("before length", "Transfer-Encoding: chunked\r\nContent-Length: 13\r\n");
  refuse("behind length", "Content-Length: 13\r\nTransfer-Encoding: chunked\r\n");
  refuse("beside length 0", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n");
  refuse("space before colon", "Transfer-Encoding : chunked\r\n");
  refuse("tab before colon", "Transfer-Encoding\t: chunked\r\n");
  refuse("underscore", "Transfer_Encoding: chunked\r\n");
  refuse("space first", " Transfer-Encoding: chunked\r\n");
  refuse("NUL in name", "Transfer\0Encoding: chunked\r\n"s);
  refuse("CR in name", "\rTransfer-Encoding: chunked\r\n");
  refuse("hidden behind bare CR", "X-A: b\rTransfer-Encoding: chunked\r\n");
  refuse("hidden behind bare LF", "X-A: b\nTransfer-Encoding: chunked\r\n");
  return rows;
}

inline std::vector<HeaderRow> content_length_rows() {
  using namespace std::string_literals;
  std::vector<HeaderRow> rows;
  const auto refuse = [&](const std::string& name, const std::string& lines) {
    rows.push_back({"cl " + name, lines, HeaderRow::kFraming, "abc"});
  };
  const auto serve = [&](const std::string& name, const std::string& lines, const std::string& body) {
    rows.push_back({"cl " + name, lines, HeaderRow::kFraming, body, 0, body});
  };
  serve("3", "Content-Length: 3\r\n", "abc");
  serve("0", "Content-Length: 0\r\n", "");
  serve("absent", "", "");
  serve("without a space", "content-length:3\r\n", "abc");
  serve("of a body like a request", "Content-Length: 36\r\n", "GET /inner HTTP/1.1\r\nHost: inner\r\n\r\n");
  for (const char* value : {"+3",
                            "-1",
                            "-0",
                            "0x3",
                            "3, 3",
                            "3,3",
                            "3 3",
                            "3;",
                            "3.0",
                            "3e0",
                            "03",
                            "00",
                            "0003",
                            "000000000000000000003",
                            "3a",
                            "a3",
                            "\"3\"",
                            "12345678901234567890",
                            "99999999999999999999",
                            "18446744073709551619",
                            "٣"}) {
    refuse("value "s + value, "Content-Length: "s + value + "\r\n");
  }
  rows.push_back({"cl of 19 digits", "Content-Length: 9999999999999999999\r\n", HeaderRow::kFraming, "abc", 413});
  refuse("empty", "Content-Length:\r\n");
  refuse("blank", "Content-Length:  \r\n");
  refuse("equal twice", "Content-Length: 3\r\nContent-Length: 3\r\n");
  refuse("different twice", "Content-Length: 3\r\nContent-Length: 4\r\n");
  refuse("0 then 3", "Content-Length: 0\r\nContent-Length: 3\r\n");
  refuse("equal twice in other case", "Content-Length: 3\r\ncontent-length: 3\r\n");
  refuse("underscore", "Content_Length: 3\r\n");
  refuse("underscore beside the true one", "Content_Length: 3\r\nContent-Length: 3\r\n");
  refuse("space before colon", "Content-Length : 3\r\n");
  refuse("tab before value", "Content-Length:\t3\r\n");
  refuse("two spaces before value", "Content-Length:  3\r\n");
  refuse("space behind value", "Content-Length: 3 \r\n");
  refuse("vertical tab before value", "Content-Length: \v3\r\n");
  refuse("NUL behind value", "Content-Length: 3\0\r\n"s);
  refuse("folded value", "Content-Length:\r\n 3\r\n");
  refuse("continued value", "Content-Length: 3\r\n 3\r\n");
  refuse("bare CR behind value", "Content-Length: 3\r\r\n");
  refuse("bare LF line", "Content-Length: 3\n");
  refuse("hidden behind bare CR", "X-A: b\rContent-Length: 3\r\n");
  return rows;
}

inline std::vector<HeaderRow> old_version_rows() {
  const std::string chunked = "3\r\nabc\r\n0\r\n\r\n";
  std::vector<HeaderRow> rows;
  rows.push_back(
      {"te in HTTP/1.0", "Transfer-Encoding: chunked\r\n", HeaderRow::kFraming, chunked, 400, "", "HTTP/1.0"});
  rows.push_back({"te in HTTP/1.0 kept alive", "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n",
                  HeaderRow::kFraming, chunked, 400, "", "HTTP/1.0"});
  rows.push_back({"cl in HTTP/1.0", "Content-Length: 3\r\n", HeaderRow::kFraming, "abc", 0, "abc", "HTTP/1.0", false});
  rows.push_back({"cl in HTTP/1.0 kept alive", "Connection: keep-alive\r\nContent-Length: 3\r\n", HeaderRow::kFraming,
                  "abc", 0, "abc", "HTTP/1.0"});
  return rows;
}

inline std::vector<HeaderRow> host_rows() {
  using namespace std::string_literals;
  std::vector<HeaderRow> rows;
  rows.push_back({"host missing", "", HeaderRow::kHost});
  rows.push_back({"host missing in HTTP/1.0", "", HeaderRow::kHost, "", 400, "", "HTTP/1.0"});
  rows.push_back({"host twice", "Host: a.example\r\nHost: a.example\r\n", HeaderRow::kHost});
  rows.push_back({"host twice, different", "Host: a.example\r\nhost: b.example\r\n", HeaderRow::kHost});
  rows.push_back({"host folded", "Host:\r\n a.example\r\n", HeaderRow::kHost});
  rows.push_back({"host with space before colon", "Host : a.example\r\n", HeaderRow::kHost});
  for (const char* value : {"",
                            "a b",
                            "a,b",
                            "a.example, b.example",
                            "user@a.example",
                            "user:pw@a.example",
                            "a/b",
                            "http://a.example",
                            "a?b",
                            "a#b",
                            "a\\b",
                            "a.example:",
                            "a.example:x",
                            "a.example:65536",
                            "a.example:123456",
                            "a.example:80:80",
                            ":80",
                            "[::1",
                            "::1",
                            "[::1]x",
                            "[]",
                            "[g::1]",
                            "[::1]:",
                            "[1.2.3.4]",
                            "a%2eb",
                            "a\tb",
                            " a.example",
                            "a.example ",
                            "\ta.example",
                            "b\xc3\xbc"
                            "cher.example",
                            "a<b",
                            "\"a\""}) {
    rows.push_back({"host value "s + value, "Host: "s + value + "\r\n", HeaderRow::kHost});
  }
  for (const char* value :
       {"a", "a.example", "A.Example:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[2001:db8::1]:443",
        "[::ffff:1.2.3.4]", "my_service:8080", "a.example.", "a.example:65535"}) {
    rows.push_back({"host fine "s + value, "Host: "s + value + "\r\n", HeaderRow::kHost, "", 0});
  }
  return rows;
}

inline std::vector<HeaderRow> field_rows() {
  using namespace std::string_literals;
  std::vector<HeaderRow> rows;
  const auto refuse = [&](const std::string& name, const std::string& lines, int status = 400) {
    rows.push_back({"field " + name, lines, HeaderRow::kNothing, "", status});
  };
  for (const char* name :
       {"X A", "X\tA", "X(A", "X)A", "X<A", "X>A", "X@A", "X,A", "X;A",   "X\\A",  "X\"A",  "X/A", "X[A",
        "X]A", "X?A",  "X=A", "X{A", "X}A", "X_A", "_X",  "X_",  "X\x7f", "X\x80", "X\x01", ""}) {
    refuse("name "s + name, std::string(name) + ": 1\r\n");
  }
  refuse("name with NUL", "X\0A: 1\r\n"s);
  refuse("space before colon", "X-A : 1\r\n");
  refuse("space first", " X-A: 1\r\n");
  refuse("tab first", "\tX-A: 1\r\n");
  refuse("no colon", "X-A\r\n");
  refuse("only a space", " \r\n");
  refuse("folded", "X-A: 1\r\n 2\r\n");
  refuse("folded by tab", "X-A: 1\r\n\t2\r\n");
  refuse("bare LF line end", "X-A: 1\n");
  refuse("bare CR line end", "X-A: 1\rX-B: 2\r\n");
  refuse("CR CR LF", "X-A: 1\r\r\n");
  refuse("LF CR", "X-A: 1\n\r");
  refuse("bare CR in value", "X-A: 1\r2\r\n");
  refuse("NUL in value", "X-A: 1\0002\r\n"s);
  refuse("escape in value", "X-A: \x1b[0m\r\n");
  refuse("DEL in value", "X-A: 1\x7f\r\n");
  refuse("vertical tab in value", "X-A: 1\v2\r\n");
  refuse("backspace in value", "X-A: 1\b2\r\n");
  refuse("a request behind bare LF LF", "X-A: 1\n\nGET /smuggled HTTP/1.1\r\nHost: s\r\n\r\n");
  refuse("expectation unknown", "Expect: 200-ok\r\n", 417);
  refuse("expectation twice", "Expect: 100-continue\r\nExpect: 100-continue\r\n", 417);
  refuse("expectation list", "Expect: 100-continue, x\r\n", 417);
  refuse("expectation empty", "Expect:\r\n", 417);
  return rows;
}

inline std::vector<HeaderRow> harmless_field_rows() {
  using namespace std::string_literals;
  std::vector<HeaderRow> rows;
  const auto serve = [&](const std::string& name, const std::string& lines) {
    rows.push_back({"field " + name, lines, HeaderRow::kNothing, "", 0});
  };
  serve("plain", "X-A: 1\r\n");
  serve("empty value", "X-A:\r\n");
  serve("blank value", "X-A: \t \r\n");
  serve("white space around value", "X-A:\t 1 \t\r\n");
  serve("tab in value", "X-A: 1\t2\r\n");
  serve("UTF-8 in value", "X-A: gr\xc3\xbc\xc3\x9f\r\n");
  serve("every token character", "X!#$%&'*+-.^`|~09azAZ: 1\r\n");
  serve("colon in value", "X-A: 1: 2\r\n");
  serve("same name twice", "X-A: 1\r\nX-A: 2\r\n");
  serve("upgrade not acted on", "Connection: upgrade\r\nUpgrade: websocket\r\n");
  serve("h2c upgrade not acted on", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n");
  serve("connection option naming a framing field", "Connection: content-length, transfer-encoding, host\r\n");
  serve("trailer announced", "Trailer: Content-Length\r\n");
  serve("keep-alive", "Connection: keep-alive\r\n");
  for (const char* value : {"close", "Close", "keep-alive, close", "x,close ,y", "close\r\nConnection: keep-alive"}) {
    rows.push_back({"field connection "s + value, "Connection: "s + value + "\r\n", HeaderRow::kNothing, "", 0, "",
                    "HTTP/1.1", false});
  }
  return rows;
}

}  // namespace pointsman::testing
