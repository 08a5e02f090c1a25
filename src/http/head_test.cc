#include "http/head.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "http/status.h"

namespace pointsman::http {
namespace {

using base::ErrorCode;

constexpr std::string_view kPost =
    "POST /v1/chat/completions?a=1&b=?2 HTTP/1.1\r\n"
    "Host: gw.example:8080\r\n"
    "AUTHORIZATION:Bearer k\r\n"
    "X-Empty:\r\n"
    "X-Padded: \t two  words \t\r\n"
    "X-Twice: 1\r\n"
    "x-twice: 2\r\n"
    "Content-Length: 12\r\n\r\n";

RequestHead parsed(std::string_view bytes) {
  RequestHead head;
  const auto result = parse_request_head(bytes, {}, head);
  EXPECT_TRUE(result) << bytes << ": " << result.error().place() << ": " << result.error().message();
  return head;
}

base::Result<ResponseHead> response(std::string_view bytes, Method method = Method::kPost) {
  ResponseHead head;
  PM_CHECK(parse_response_head(bytes, method, {}, head));
  return head;
}

std::string get_with(std::string_view lines, std::string_view version = "HTTP/1.1") {
  return "GET / " + std::string(version) + "\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}

TEST(RequestHead, GivesEveryPartAsAViewIntoTheBytes) {
  const RequestHead head = parsed(kPost);
  EXPECT_EQ(head.method, Method::kPost);
  EXPECT_EQ(head.method_name, "POST");
  EXPECT_EQ(head.target, "/v1/chat/completions?a=1&b=?2");
  EXPECT_EQ(head.path, "/v1/chat/completions");
  EXPECT_EQ(head.query, "a=1&b=?2");
  EXPECT_EQ(head.minor_version, 1);
  EXPECT_EQ(head.host, "gw.example:8080");
  EXPECT_EQ(head.framing, (Framing{Framing::Kind::kLength, 12}));
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.expect_continue);
  EXPECT_GE(head.host.data(), kPost.data());
  EXPECT_LT(head.host.data(), kPost.data() + kPost.size());
}

TEST(RequestHead, FindsFieldsInAnyCaseAndTrimsTheirValues) {
  const RequestHead head = parsed(kPost);
  ASSERT_EQ(head.fields.size(), 7U);
  EXPECT_EQ(head.find("authorization"), "Bearer k");
  EXPECT_EQ(head.find("X-EMPTY"), "");
  EXPECT_EQ(head.find("x-padded"), "two  words");
  EXPECT_EQ(head.find("x-twice"), "1");
  EXPECT_EQ(head.fields.count("X-Twice"), 2U);
  EXPECT_EQ(head.find("x-absent"), std::nullopt);
  EXPECT_EQ(head.fields[1].name, "AUTHORIZATION");
}

TEST(RequestHead, NamesTheMethodsItKnows) {
  const std::pair<std::string_view, Method> rows[] = {
      {"GET", Method::kGet},         {"HEAD", Method::kHead}, {"POST", Method::kPost}, {"DELETE", Method::kDelete},
      {"OPTIONS", Method::kOptions}, {"PUT", Method::kOther}, {"get", Method::kOther}};
  for (const auto& [name, method] : rows) {
    EXPECT_EQ(parsed(std::string(name) + " / HTTP/1.1\r\nHost: a\r\n\r\n").method, method) << name;
  }
}

TEST(RequestHead, KnowsWhetherTheConnectionStays) {
  EXPECT_TRUE(parsed(get_with("")).keep_alive);
  EXPECT_FALSE(parsed(get_with("Connection: x , CLOSE\r\n")).keep_alive);
  EXPECT_FALSE(parsed(get_with("Connection: close\r\nConnection: keep-alive\r\n")).keep_alive);
  EXPECT_TRUE(parsed(get_with("Connection: closed\r\n")).keep_alive);
  EXPECT_FALSE(parsed(get_with("", "HTTP/1.0")).keep_alive);
  EXPECT_TRUE(parsed(get_with("Connection: Keep-Alive\r\n", "HTTP/1.0")).keep_alive);
  EXPECT_FALSE(parsed(get_with("Connection: keep-alive, close\r\n", "HTTP/1.0")).keep_alive);
}

TEST(RequestHead, ExpectsContinueOnlyWhereABodyFollowsInHttp11) {
  EXPECT_TRUE(parsed(get_with("Expect: 100-Continue\r\nContent-Length: 1\r\n")).expect_continue);
  EXPECT_TRUE(parsed(get_with("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n")).expect_continue);
  EXPECT_FALSE(parsed(get_with("Expect: 100-continue\r\n")).expect_continue);
  EXPECT_FALSE(parsed(get_with("Expect: 100-continue\r\nContent-Length: 0\r\n")).expect_continue);
  EXPECT_FALSE(parsed(get_with("Expect: 100-continue\r\nContent-Length: 1\r\n", "HTTP/1.0")).expect_continue);
}

TEST(RequestHead, FollowsABufferThatMoves) {
  auto first = std::make_unique<std::string>(kPost);
  RequestHead head = parsed(*first);
  const std::string second(kPost);
  head.rebase(first->data(), second.data());
  first->assign(first->size(), '#');
  first.reset();
  EXPECT_EQ(head.path, "/v1/chat/completions");
  EXPECT_EQ(head.host, "gw.example:8080");
  EXPECT_EQ(head.find("authorization"), "Bearer k");
}

TEST(RequestHead, BlamesTheClientAndNamesThePlace) {
  RequestHead head;
  const auto result = parse_request_head(get_with("Content-Length: 1x\r\n"), {}, head);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kParse);
  EXPECT_EQ(result.error().origin(), base::Origin::kClient);
  EXPECT_EQ(result.error().retry(), base::Retry::kNo);
  EXPECT_EQ(result.error().place(), "Content-Length");
  const auto long_name = parse_request_head(get_with(std::string(5000, 'n') + ": \x01\r\n"), {}, head);
  ASSERT_FALSE(long_name);
  EXPECT_LE(long_name.error().place().size(), 64U);
}

TEST(RequestHead, ReusedHeadKeepsNothingOfTheLastRequest) {
  RequestHead head;
  ASSERT_TRUE(
      parse_request_head(get_with("Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n"), {}, head));
  const std::string plain = "GET /b HTTP/1.1\r\nHost: b\r\n\r\n";
  ASSERT_TRUE(parse_request_head(plain, {}, head));
  EXPECT_EQ(head.fields.size(), 1U);
  EXPECT_EQ(head.framing, Framing{});
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.expect_continue);
  EXPECT_EQ(head.query, "");
  EXPECT_EQ(head.host, "b");
}

TEST(RequestHead, RefusesBytesThatAreNotAWholeHead) {
  const std::string whole(kPost);
  RequestHead head;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_FALSE(parse_request_head(std::string_view(whole).substr(0, size), {}, head)) << size;
  }
  EXPECT_FALSE(parse_request_head(whole + "x", {}, head));
  EXPECT_FALSE(parse_request_head(whole + "\r\n\r\n", {}, head));
}

TEST(RequestHead, RefusesBareLineFeedsWithoutTheHelpOfHeadEnd) {
  RequestHead head;
  for (const std::string_view bytes : {"GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1x\nHost: a\r\n\r\n",
                                       "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\r\n\r\n",
                                       "GET / HTTP/1.1\r\nHost: a\r\n\nX: b\r\n\r\n"}) {
    EXPECT_FALSE(parse_request_head(bytes, {}, head)) << bytes;
  }
  EXPECT_FALSE(response("HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(response("HTTP/1.1 200 OKx\nContent-Length: 0\r\n\r\n"));
}

TEST(RequestHead, RefusesEachControlCharacterInAValueAndInATarget) {
  for (int c = 0; c < 128; ++c) {
    const char byte = static_cast<char>(c);
    const bool control = (c < 0x20 && byte != '\t') || c == 0x7f;
    RequestHead head;
    // Long enough that the fast scan and the tail scan both meet it.
    for (const std::size_t at : {0U, 7U, 15U, 16U, 33U}) {
      std::string value(40, 'v');
      value[at] = byte;
      EXPECT_EQ(!parse_request_head(get_with("X-A: " + value + "\r\n"), {}, head), control) << c << " at " << at;
    }
    const std::string target = "GET /a" + std::string(1, byte) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_EQ(!parse_request_head(target, {}, head), c <= 0x20 || c == 0x7f || byte == '#') << c;
  }
}

TEST(HeadEnd, FindsTheEndHoweverTheBytesArrive) {
  const std::string bytes = std::string(kPost) + "{\"a\":\"\r\n\r\n\"}";
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    const auto early = head_end(std::string_view(bytes).substr(0, first), 0);
    ASSERT_TRUE(early);
    EXPECT_EQ(early->has_value(), first >= kPost.size());
    const auto late = head_end(bytes, early->has_value() ? 0 : first);
    ASSERT_TRUE(late && *late);
    EXPECT_EQ(**late, kPost.size());
  }
}

TEST(HeadEnd, RefusesBareLineFeedsAndEmptyFirstLinesAtOnce) {
  for (const std::string_view bytes : {"\n", "GET / HTTP/1.1\n", "\r\n", "a\r\nb\n", "a\r\n\n"}) {
    const auto end = head_end(bytes, 0);
    ASSERT_FALSE(end) << bytes;
    EXPECT_EQ(http_status_of(end.error()), 400);
  }
  EXPECT_FALSE(head_end("a\r\n", 0)->has_value());
}

TEST(HeadEnd, RefusesWhatCannotEndWithinTheLimit) {
  const Limits limits{.head_bytes = 10, .fields = 1};
  EXPECT_EQ(head_end("123456\r\n\r\n", 0, limits)->value(), 10U);
  EXPECT_FALSE(head_end("123456789", 0, limits)->has_value());
  for (const std::string_view bytes : {"1234567\r\n\r\n", "1234567890", "1234567\r\n\r"}) {
    const auto end = head_end(bytes, 0, limits, Peer::kUpstream);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code(), ErrorCode::kTooLarge);
    EXPECT_EQ(end.error().origin(), base::Origin::kUpstream);
    EXPECT_EQ(http_status_of(end.error()), 431);
  }
}

TEST(ResponseHead, ReadsTheStatusLine) {
  const auto full = response("HTTP/1.1 429 Too Many  Requests\r\nContent-Length: 2\r\nretry_after: 1\r\n\r\n");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->status, 429);
  EXPECT_EQ(full->reason, "Too Many  Requests");
  EXPECT_EQ(full->find("Retry_After"), "1");
  EXPECT_EQ(response("HTTP/1.1 200 \r\n\r\n")->reason, "");
  EXPECT_EQ(response("HTTP/1.1 200\r\n\r\n")->reason, "");
  EXPECT_TRUE(response("HTTP/1.1 100 Continue\r\n\r\n")->informational());
  for (const char* line : {"HTTP/1.2 200 OK", "http/1.1 200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 20 OK",
                           "HTTP/1.1 2000 OK", "HTTP/1.1 099 OK", "HTTP/1.1 600 OK", "HTTP/1.1 +20 OK",
                           "HTTP/1.1 200\tOK", "HTTP/1.1 200OK", "HTTP/1.1 200 O\x01K", "HTTP/1.1 200 O\rK", "HTTP/1.1",
                           "ICY 200 OK", "HTTP/2 200", "HTTP/1.1 101 Switching Protocols"}) {
    const auto head = response(std::string(line) + "\r\nContent-Length: 0\r\n\r\n");
    ASSERT_FALSE(head) << line;
    EXPECT_EQ(head.error().origin(), base::Origin::kUpstream);
    EXPECT_EQ(head.error().retry(), base::Retry::kOtherTarget);
    EXPECT_EQ(head.error().place(), "status line") << line;
  }
}

struct ResponseRow {
  std::string_view bytes;
  Method method;
  Framing framing;
  bool keep_alive;
};

TEST(ResponseHead, KnowsWhichBodyFollows) {
  using enum Framing::Kind;
  const Method post = Method::kPost;
  const ResponseRow rows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", post, {kLength, 5}, true},
      {"HTTP/1.1 200 OK\r\ncontent-length: \t5 \r\n\r\n", post, {kLength, 5}, true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", post, {kLength, 0}, false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding:  Chunked\r\n\r\n", post, {kChunked}, true},
      {"HTTP/1.1 200 OK\r\n\r\n", post, {kUntilClose}, false},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", post, {kUntilClose}, false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", post, {kLength, 5}, false},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n", post, {kLength, 5}, true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Method::kHead, {kNone}, true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Method::kHead, {kNone}, true},
      {"HTTP/1.1 200 OK\r\n\r\n", Method::kHead, {kNone}, true},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", post, {kNone}, true},
      {"HTTP/1.1 204 No Content\r\n\r\n", post, {kNone}, true},
      {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", post, {kNone}, true},
      {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", post, {kNone}, true},
  };
  for (const ResponseRow& row : rows) {
    const auto head = response(row.bytes, row.method);
    ASSERT_TRUE(head) << row.bytes << head.error().message();
    EXPECT_EQ(head->framing, row.framing) << row.bytes;
    EXPECT_EQ(head->keep_alive, row.keep_alive) << row.bytes;
  }
}

TEST(ResponseHead, FollowsABufferThatMoves) {
  auto first = std::make_unique<std::string>("HTTP/1.1 200 Fine\r\nContent-Type: text/plain\r\n\r\n");
  auto head = response(*first);
  ASSERT_TRUE(head);
  const std::string second = *first;
  head->rebase(first->data(), second.data());
  first.reset();
  EXPECT_EQ(head->reason, "Fine");
  EXPECT_EQ(head->find("content-type"), "text/plain");
}

TEST(Limits, AreHeldByTheParsersThemselves) {
  const std::string request = get_with("X-A: 1\r\nX-B: 2\r\n");  // with Host three fields
  const std::string answer = "HTTP/1.1 200 OK\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n";
  RequestHead head;
  ResponseHead reply;
  EXPECT_TRUE(parse_request_head(request, {.head_bytes = request.size(), .fields = 3}, head));
  EXPECT_TRUE(parse_response_head(answer, Method::kGet, {.head_bytes = answer.size(), .fields = 3}, reply));
  for (const Limits& limits : {Limits{.head_bytes = 20}, Limits{.fields = 2}}) {
    const auto refused = parse_request_head(request, limits, head);
    ASSERT_FALSE(refused);
    EXPECT_EQ(http_status_of(refused.error()), 431);
    const auto refused_reply = parse_response_head(answer, Method::kGet, limits, reply);
    ASSERT_FALSE(refused_reply);
    EXPECT_EQ(refused_reply.error().code(), ErrorCode::kTooLarge);
  }
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (std::size_t i = 0; i <= kMaxFields; ++i) many += "a: 1\r\n";
  EXPECT_FALSE(parse_response_head(many + "\r\n", Method::kGet, {.fields = 1000}, reply));
}

TEST(ResponseHead, RefusesEveryDoubtAboutWhereItEnds) {
  for (const char* lines :
       {"Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n",
        "Content-Length: 05\r\n", "Content-Length:\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: identity\r\n", "Content-Length : 5\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "X-A: 1\r\n 2\r\n", "X-A: 1\r2\r\n",
        "X A: 1\r\n"}) {
    const auto head = response("HTTP/1.1 200 OK\r\n" + std::string(lines) + "\r\n");
    ASSERT_FALSE(head) << lines;
    EXPECT_EQ(head.error().origin(), base::Origin::kUpstream) << lines;
  }
  EXPECT_FALSE(response("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  EXPECT_FALSE(response("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_FALSE(response("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"));
  EXPECT_FALSE(response("HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n"));
}

}  // namespace
}  // namespace pointsman::http
