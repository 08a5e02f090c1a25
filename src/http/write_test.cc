#include "http/write.h"

#include <gtest/gtest.h>

#include <string>

#include "http/body.h"
#include "http/head.h"
#include "http/status.h"

namespace pointsman::http {
namespace {

TEST(Write, MakesAResponseHeadThatTheParserReadsBack) {
  std::string out;
  append_status_line(out, 429);
  append_line(out, "content-type: application/json");
  ASSERT_TRUE(append_field(out, "x-note", "gr\xc3\xbc\xc3\x9f\tund"));
  append_content_length(out, 18446744073709551615ULL);
  out.resize(out.find("content-length"));
  append_content_length(out, 42);
  append_head_end(out);
  EXPECT_EQ(out,
            "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\nx-note: gr\xc3\xbc\xc3\x9f\tund\r\n"
            "content-length: 42\r\n\r\n");
  ResponseHead head;
  ASSERT_TRUE(parse_response_head(out, Method::kPost, {}, head));
  EXPECT_EQ(head.framing, (Framing{Framing::Kind::kLength, 42}));
}

TEST(Write, MakesARequestHeadThatTheParserReadsBack) {
  std::string out;
  ASSERT_TRUE(append_request_start(out, "POST", "/v1/chat/completions?x=1", "api.example:443"));
  append_line(out, "transfer-encoding: chunked");
  append_head_end(out);
  RequestHead head;
  ASSERT_TRUE(parse_request_head(out, {}, head));
  EXPECT_EQ(head.host, "api.example:443");
  EXPECT_EQ(head.target, "/v1/chat/completions?x=1");
  EXPECT_EQ(head.framing.kind, Framing::Kind::kChunked);
}

TEST(Write, AppendsNothingThatCouldBreakAHeadOpen) {
  using namespace std::string_view_literals;
  std::string out = "kept";
  for (const std::string_view value :
       {"a\r\nb: c"sv, "a\rb"sv, "a\nb"sv, "a\0b"sv, "a\x7f"sv, "0123456789abcdef\r\n"sv}) {
    EXPECT_FALSE(append_field(out, "x", value)) << value;
  }
  for (const std::string_view name : {""sv, "a b"sv, "a:"sv, "a\r\n"sv, "a\0"sv, "\xc3\xbc"sv}) {
    EXPECT_FALSE(append_field(out, name, "v")) << name;
  }
  EXPECT_FALSE(append_request_start(out, "", "/", "a"));
  EXPECT_FALSE(append_request_start(out, "GET /x", "/", "a"));
  for (const std::string_view target : {""sv, "x"sv, "/a b"sv, "/a\r\n"sv, "/#f"sv, "http://a/"sv}) {
    EXPECT_FALSE(append_request_start(out, "GET", target, "a")) << target;
  }
  for (const std::string_view host : {""sv, "a b"sv, "a\r\nx: y"sv, "u@a"sv, "a/b"sv}) {
    EXPECT_FALSE(append_request_start(out, "GET", "/", host)) << host;
  }
  EXPECT_EQ(out, "kept");
}

TEST(Write, ChunkHeadersAreReadBackAsTheirSize) {
  EXPECT_EQ(ChunkHeader(1).text(), "1\r\n");
  EXPECT_EQ(ChunkHeader(0xabc).text(), "abc\r\n");
  EXPECT_EQ(ChunkHeader(UINT64_MAX).text(), "ffffffffffffffff\r\n");
  for (const std::size_t size : {1U, 15U, 16U, 255U, 4096U, 70000U}) {
    const std::string content(size, 'c');
    std::string bytes(ChunkHeader(size).text());
    bytes.append(content).append(kChunkEnd).append(kLastChunk);
    auto body = BodyReader::open({Framing::Kind::kChunked}, Peer::kClient);
    std::string payload;
    ASSERT_TRUE(body->relay(bytes, [&](std::string_view run) { payload += run; }));
    EXPECT_TRUE(body->done() && payload == content) << size;
  }
}

TEST(HttpDate, IsTheFixedFormOfTheStandard) {
  const auto text = [](std::int64_t seconds) {
    return std::string(HttpDate(base::WallTime(std::chrono::seconds(seconds))).text());
  };
  EXPECT_EQ(text(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");  // the example of RFC 9110 section 5.6.7
  EXPECT_EQ(text(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(text(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(text(4102444799), "Thu, 31 Dec 2099 23:59:59 GMT");
}

TEST(DateCache, ChangesWithTheSecondAndNotWithin) {
  DateCache cache;
  const base::WallTime at(std::chrono::seconds(784111777));
  EXPECT_EQ(cache.at(base::WallTime{}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(cache.at(at), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(cache.at(at + std::chrono::microseconds(999'999)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(cache.at(at + std::chrono::seconds(1)), "Sun, 06 Nov 1994 08:49:38 GMT");
  EXPECT_EQ(cache.at(at), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Status, EveryCodeWeAnswerHasAPhrase) {
  for (const int status :
       {100, 200, 204, 400, 401, 403, 404, 405, 408, 413, 415, 417, 429, 431, 499, 500, 501, 502, 503, 504, 529}) {
    EXPECT_NE(reason_phrase(status), "Unknown") << status;
  }
  EXPECT_EQ(reason_phrase(299), "Unknown");
  EXPECT_EQ(reason_phrase(999), "Unknown");
}

}  // namespace
}  // namespace pointsman::http
