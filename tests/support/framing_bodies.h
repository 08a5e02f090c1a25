// More rows of the framing matrix: request lines and chunked bodies. See framing_defects.h.
// Constant data for the unit and the end-to-end framing tests.
#pragma once

#include <string>
#include <vector>

#include "support/framing_defects.h"

namespace pointsman::testing {

inline std::vector<RequestLineRow> request_line_rows() {
  using namespace std::string_literals;
  std::vector<RequestLineRow> rows;
  for (const std::string& line : {"%M /v1/x HTTP/0.9"s,
                                  "%M /v1/x HTTP/1.2"s,
                                  "%M /v1/x HTTP/2.0"s,
                                  "%M /v1/x HTTP/2"s,
                                  "%M /v1/x HTTP/3"s,
                                  "%M /v1/x http/1.1"s,
                                  "%M /v1/x Http/1.1"s,
                                  "%M /v1/x HTTP/1.10"s,
                                  "%M /v1/x HTTP/11"s,
                                  "%M /v1/x HTTP/1."s,
                                  "%M /v1/x HTTP/01.1"s,
                                  "%M /v1/x HTTP/1.1 "s,
                                  "%M /v1/x HTTP/1.1\t"s,
                                  "%M /v1/x HTTP/1.1x"s,
                                  "%M /v1/x HTTP 1.1"s,
                                  "%M /v1/x XTTP/1.1"s,
                                  "%M /v1/x"s,
                                  "%M /v1/x "s,
                                  "%M"s,
                                  "%M "s,
                                  ""s,
                                  " "s,
                                  "%M  /v1/x HTTP/1.1"s,
                                  "%M /v1/x  HTTP/1.1"s,
                                  "%M\t/v1/x HTTP/1.1"s,
                                  "%M /v1/x\tHTTP/1.1"s,
                                  " %M /v1/x HTTP/1.1"s,
                                  "\t%M /v1/x HTTP/1.1"s,
                                  "/v1/x HTTP/1.1"s,
                                  "%M\v/v1/x HTTP/1.1"s}) {
    rows.push_back({"line " + line, line + "\r\n"});
  }
  return rows;
}

inline std::vector<RequestLineRow> request_target_rows() {
  using namespace std::string_literals;
  std::vector<RequestLineRow> rows;
  for (const std::string& line : {"%M http://gw.example/v1/x HTTP/1.1"s,
                                  "%M https://gw.example/ HTTP/1.1"s,
                                  "%M gw.example:80 HTTP/1.1"s,
                                  "%M * HTTP/1.1"s,
                                  "OPTIONS * HTTP/1.1"s,
                                  "%M v1/x HTTP/1.1"s,
                                  "%M ?q HTTP/1.1"s,
                                  "%M #f HTTP/1.1"s,
                                  "%M /v1/x#f HTTP/1.1"s,
                                  "%M /v1/x y HTTP/1.1"s,
                                  "%M /v1/\x01 HTTP/1.1"s,
                                  "%M /v1/\x7f HTTP/1.1"s,
                                  "%M /v1/\xc3\xbc HTTP/1.1"s,
                                  "%M /v1/x\0 HTTP/1.1"s,
                                  "%M /v1/x\r HTTP/1.1"s,
                                  "%M /v1/x HTTP/1.1\r"s,
                                  "%M\r /v1/x HTTP/1.1"s,
                                  "G<ET /v1/x HTTP/1.1"s,
                                  "%M: /v1/x HTTP/1.1"s,
                                  "\"%M\" /v1/x HTTP/1.1"s,
                                  "PRI * HTTP/2.0"s,
                                  "%M /v1/x HTTP/1.1\rX-A: b"s,
                                  "A%MWITHANAMELONGERTHANANYMETHODEVERHAS /v1/x HTTP/1.1"s,
                                  "\xef\xbb\xbf%M /v1/x HTTP/1.1"s,
                                  "%M /v1/x HTTP/\xd9\xa1.1"s,
                                  "%M /v1/x HTTP/1,1"s,
                                  "%M /v1/x HTTP/-1.1"s}) {
    rows.push_back({"line " + line, line + "\r\n"});
  }
  return rows;
}

inline std::vector<RequestLineRow> more_request_line_rows() {
  using namespace std::string_literals;
  std::vector<RequestLineRow> rows;
  rows.push_back({"line ended by LF", "%M /v1/x HTTP/1.1\n"});
  rows.push_back({"line behind an empty line", "\r\n%M /v1/x HTTP/1.1\r\n"});
  rows.push_back({"line behind an empty LF line", "\n%M /v1/x HTTP/1.1\r\n"});
  rows.push_back({"line behind CR", "\r%M /v1/x HTTP/1.1\r\n"});
  rows.push_back({"line behind a space line", " \r\n%M /v1/x HTTP/1.1\r\n"});
  rows.push_back({"line of a CONNECT", "CONNECT gw.example:443 HTTP/1.1\r\n", 501});
  rows.push_back({"line of a CONNECT to a path", "CONNECT /v1/x HTTP/1.1\r\n", 501});
  for (const char* target : {"/", "/v1/x?q=1", "/?", "/v1/x??a=/b", "//double", "/a%00b", "/..;/x", "/a\\b", "/a\"b<c>",
                             "/a?http://b/", "/:80@b"}) {
    rows.push_back({"line target "s + target, "%M "s + target + " HTTP/1.1\r\n", 0, target});
  }
  rows.push_back({"line lower-case method", "get /v1/x HTTP/1.1\r\n", 0, "/v1/x", "get"});
  rows.push_back({"line unknown method", "M-SEARCH /v1/x HTTP/1.1\r\n", 0, "/v1/x", "M-SEARCH"});
  rows.push_back({"line HTTP/1.0", "%M /v1/x HTTP/1.0\r\n", 0, "/v1/x", "%M", false});
  return rows;
}

inline std::vector<ChunkedRow> chunk_size_rows() {
  using namespace std::string_literals;
  const std::string end = "0\r\n\r\n";
  std::vector<ChunkedRow> rows;
  for (const std::string& size : {"0x5"s,
                                  "+5"s,
                                  "-5"s,
                                  " 5"s,
                                  "5 "s,
                                  "\t5"s,
                                  "5\t"s,
                                  "5;ext"s,
                                  "5;ext=1"s,
                                  "5;"s,
                                  "5 ;ext"s,
                                  "5;a=\"\r\n\""s,
                                  "5\v"s,
                                  "5\0"s,
                                  ""s,
                                  "g"s,
                                  "5,5"s,
                                  "5.0"s,
                                  "05h"s,
                                  "5\r"s,
                                  "\r5"s,
                                  "0000000000000005"s,
                                  "10000000000000005"s,
                                  "fffffffffffffffb"s,
                                  "8000000000000005"s,
                                  "fffffffffffffffff5"s,
                                  "\xd9\xa5"s,
                                  "_5"s,
                                  "5_"s,
                                  "'5"s}) {
    rows.push_back({"chunk size " + size, size + "\r\nabcde\r\n" + end});
  }
  for (const std::string& size : {"fffffffffffffff"s, "100001"s, "7fffffff"s, "ffffffff"s, "100000005"s}) {
    rows.push_back({"chunk size beyond the limit " + size, size + "\r\nabcde\r\n" + end, 413});
  }
  return rows;
}

inline std::vector<ChunkedRow> chunked_rows() {
  using namespace std::string_literals;
  const std::string end = "0\r\n\r\n";
  std::vector<ChunkedRow> rows;
  rows.push_back({"chunk size line ended by LF", "5\nabcde\r\n" + end});
  rows.push_back({"chunk size line ended by CR", "5\rabcde\r\n" + end});
  rows.push_back({"chunk data ended by LF", "5\r\nabcde\n" + end});
  rows.push_back({"chunk data ended by CR", "5\r\nabcde\r" + end});
  rows.push_back({"chunk data not ended", "5\r\nabcde" + end});
  rows.push_back({"chunk data too long", "5\r\nabcdef\r\n" + end});
  rows.push_back({"chunk data too short", "5\r\nabcd\r\n" + end});
  rows.push_back({"chunk data ended twice", "5\r\nabcde\r\n\r\n" + end});
  rows.push_back({"chunk LF only", "5\nabcde\n0\n\n"});
  rows.push_back({"chunk last line ended by LF", "5\r\nabcde\r\n0\n\r\n"});
  rows.push_back({"chunk end by LF", "5\r\nabcde\r\n0\r\n\n"});
  rows.push_back({"chunk end by CR CR", "5\r\nabcde\r\n0\r\n\r\r"});
  rows.push_back({"chunk last with extension", "5\r\nabcde\r\n0;x\r\n\r\n"});
  rows.push_back({"chunk last of minus zero", "5\r\nabcde\r\n-0\r\n\r\n"});
  rows.push_back({"chunk trailer", "5\r\nabcde\r\n0\r\nX-A: 1\r\n\r\n"});
  rows.push_back({"chunk trailer with a length", "5\r\nabcde\r\n0\r\nContent-Length: 3\r\n\r\n"});
  rows.push_back({"chunk trailer of white space", "5\r\nabcde\r\n0\r\n \r\n\r\n"});
  rows.push_back(
      {"chunk end missing before a request", "5\r\nabcde\r\n0\r\nGET /smuggled HTTP/1.1\r\nHost: s\r\n\r\n"});
  rows.push_back({"chunk head a request", "GET /smuggled HTTP/1.1\r\nHost: s\r\n\r\n"});
  rows.push_back({"chunk fine", "5\r\nabcde\r\n" + end, 0, "abcde"});
  rows.push_back({"chunk fine, two", "1\r\na\r\n4\r\nbcde\r\n" + end, 0, "abcde"});
  rows.push_back({"chunk fine, none", end, 0, ""});
  rows.push_back({"chunk fine, leading zeros", "005\r\nabcde\r\n000\r\n\r\n", 0, "abcde"});
  rows.push_back({"chunk fine, fifteen digits", "000000000000005\r\nabcde\r\n000000000000000\r\n\r\n", 0, "abcde"});
  rows.push_back({"chunk fine, letters", "a\r\n0123456789\r\nA\r\n0123456789\r\n" + end, 0, "01234567890123456789"});
  rows.push_back({"chunk fine, content like framing", "5\r\n0\r\n\r\n\r\n" + end, 0, "0\r\n\r\n"});
  rows.push_back({"chunk fine, content with NUL", "3\r\n\0\r\n\r\n"s + end, 0, "\0\r\n"s});
  return rows;
}

}  // namespace pointsman::testing
