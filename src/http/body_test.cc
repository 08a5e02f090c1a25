#include "http/body.h"

#include <gtest/gtest.h>

#include <string>

#include "http/status.h"

namespace pointsman::http {
namespace {

using base::ErrorCode;

struct Relayed {
  std::string payload;
  std::string raw;
  std::string error;
  std::size_t consumed = 0;
  bool done = false;
  bool operator==(const Relayed&) const = default;
};

Relayed relay(std::string_view bytes, std::size_t first, std::size_t step, Framing framing = {Framing::Kind::kChunked},
              Peer peer = Peer::kUpstream) {
  Relayed all;
  auto body = BodyReader::open(framing, peer);
  for (std::size_t part = first; !bytes.empty() && !body->done(); part = step) {
    const std::string_view read = bytes.substr(0, part);
    const auto one = body->relay(read, [&](std::string_view run) { all.payload += run; });
    if (!one) {
      all.error = one.error().message();
      return all;
    }
    all.raw.append(one->raw).append(one->tail);
    all.consumed += one->consumed;
    bytes.remove_prefix(one->consumed);
  }
  all.done = body->done();
  return all;
}

TEST(ChunkScanner, GivesOneRunOfPayloadAtATimeWithoutCopying) {
  ChunkScanner scanner(Peer::kClient);
  const std::string_view bytes = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nnext";
  const auto first = scanner.next(bytes);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->payload, "abc");
  EXPECT_EQ(first->payload.data(), bytes.data() + 3);
  EXPECT_EQ(first->consumed, 6U);
  const auto second = scanner.next(bytes.substr(6));
  EXPECT_EQ(second->payload, "de");
  const auto last = scanner.next(bytes.substr(6 + second->consumed));
  EXPECT_TRUE(last->done);
  EXPECT_EQ(6 + second->consumed + last->consumed, bytes.size() - 4);
  EXPECT_EQ(scanner.next("more")->consumed, 0U);
  EXPECT_EQ(scanner.payload_bytes(), 5U);
}

TEST(ChunkScanner, RepeatsItsErrorForEver) {
  ChunkScanner scanner(Peer::kClient);
  const auto first = scanner.next("x");
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().origin(), base::Origin::kClient);
  EXPECT_EQ(scanner.next("0\r\n\r\n").error().message(), first.error().message());
  EXPECT_FALSE(scanner.done());
}

TEST(ChunkScanner, RefusesAChunkBeyondTheLimitBeforeItsData) {
  ChunkScanner scanner(Peer::kClient, 8);
  ASSERT_TRUE(scanner.next("5\r\nabcde"));
  ASSERT_TRUE(scanner.next("\r\n3\r\nfgh"));
  const auto over = scanner.next("\r\n1\r\n");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(http_status_of(over.error()), 413);
}

TEST(ChunkScanner, BoundsExtensionsAndTrailersOfResponses) {
  const auto with_extension = [](std::size_t bytes) {
    return "1;" + std::string(bytes - 1, 'e') + "\r\na\r\n0\r\n\r\n";
  };
  EXPECT_TRUE(relay(with_extension(256), 1000, 1).done);
  EXPECT_EQ(relay(with_extension(257), 1000, 1).error, "a chunk extension is too long");
  const auto with_trailer = [](std::size_t bytes) { return "0\r\nx: " + std::string(bytes, 't') + "\r\n\r\n"; };
  EXPECT_TRUE(relay(with_trailer(8000), 9000, 1).done);
  EXPECT_EQ(relay(with_trailer(9000), 10000, 1).error, "the trailer fields are too large");
  for (const std::string_view bad :
       {"1;a\x01\r\n", "1;a\tb\r\n", "1;a\nb", "1 ;a\r\n", "0\r\n: v\r\n", "0\r\n a: v\r\n", "0\r\na : v\r\n",
        "0\r\na: v\n", "0\r\na: \x7f\r\n", "0\r\na: b\r\r\n", "0\r\na\r\n", "0\r\na: v\r\n\n"}) {
    EXPECT_NE(relay(bad, 1000, 1).error, "") << bad;
  }
}

TEST(BodyRelay, ForwardsEachReadAsOneViewOfTheBytesAsTheyCame) {
  const std::string_view bytes = "3\r\nabc\r\n0002;x=\"y\"\r\nde\r\n0\r\n\r\nHTTP/1.1 200";
  auto body = BodyReader::open({Framing::Kind::kChunked}, Peer::kUpstream);
  std::string payload;
  const auto all = body->relay(bytes, [&](std::string_view run) { payload += run; });
  ASSERT_TRUE(all);
  EXPECT_EQ(all->raw, bytes.substr(0, bytes.size() - 12));
  EXPECT_EQ(all->raw.data(), bytes.data());
  EXPECT_EQ(all->tail, "");
  EXPECT_EQ(payload, "abcde");
  EXPECT_TRUE(all->done);
}

TEST(BodyRelay, DropsTrailersAndStillClosesTheBody) {
  const std::string_view bytes = "3\r\nabc\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a\r\n\r\nrest";
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    const Relayed all = relay(bytes, at, bytes.size());
    EXPECT_EQ(all.raw, "3\r\nabc\r\n0\r\n\r\n") << at;
    EXPECT_EQ(all.consumed, bytes.size() - 4) << at;
    EXPECT_TRUE(all.done);
  }
}

TEST(BodyRelay, IsTheSameForEverySplit) {
  using namespace std::string_view_literals;
  for (const std::string_view bytes :
       {"5\r\nabcde\r\n10\r\n0123456789abcdef\r\n0\r\n\r\nGET"sv, "1;e=f\r\n\n\r\n0;g\r\n\r\n"sv,
        "2\r\n\r\n\r\n0\r\nA: b\r\n\r\n\r\n"sv, "0\r\n\r\n"sv}) {
    const Relayed whole = relay(bytes, bytes.size(), 1);
    EXPECT_TRUE(whole.done);
    for (std::size_t first = 1; first <= bytes.size(); ++first) {
      for (const std::size_t step : {std::size_t{1}, std::size_t{3}, bytes.size()}) {
        EXPECT_TRUE(relay(bytes, first, step) == whole) << bytes << " " << first << " " << step;
      }
    }
  }
}

TEST(BodyReader, StopsWhereTheLengthSays) {
  const Relayed all = relay("abcdefGET /", 4, 100, {Framing::Kind::kLength, 6});
  EXPECT_EQ(all.payload, "abcdef");
  EXPECT_EQ(all.raw, "abcdef");
  EXPECT_EQ(all.consumed, 6U);
  EXPECT_TRUE(all.done);
}

TEST(BodyReader, IsDoneAtOnceWhereThereIsNoBody) {
  for (const Framing framing : {Framing{}, Framing{Framing::Kind::kLength, 0}}) {
    auto body = BodyReader::open(framing, Peer::kClient);
    EXPECT_TRUE(body->done());
    const auto piece = body->next("GET / HTTP/1.1");
    EXPECT_EQ(piece->consumed, 0U);
    EXPECT_TRUE(piece->done);
  }
}

TEST(BodyReader, RefusesALengthBeyondTheLimitBeforeAnyByte) {
  const auto body = BodyReader::open({Framing::Kind::kLength, 11}, Peer::kClient, 10);
  ASSERT_FALSE(body);
  EXPECT_EQ(http_status_of(body.error()), 413);
  EXPECT_TRUE(BodyReader::open({Framing::Kind::kLength, 10}, Peer::kClient, 10));
}

TEST(BodyReader, EndsAnUnframedBodyWithTheConnection) {
  auto body = BodyReader::open({Framing::Kind::kUntilClose}, Peer::kUpstream, 5);
  EXPECT_FALSE(body->next("abc")->done);
  EXPECT_EQ(body->payload_bytes(), 3U);
  EXPECT_FALSE(body->done());
  EXPECT_TRUE(body->close());
  EXPECT_TRUE(body->done());
  auto limited = BodyReader::open({Framing::Kind::kUntilClose}, Peer::kUpstream, 5);
  EXPECT_EQ(limited->next("abcdef").error().code(), ErrorCode::kTooLarge);
}

TEST(BodyReader, TellsACutBodyFromAWholeOne) {
  auto cut = BodyReader::open({Framing::Kind::kLength, 5}, Peer::kUpstream);
  ASSERT_TRUE(cut->next("abc"));
  EXPECT_EQ(cut->close().error().code(), ErrorCode::kReset);
  auto chunks = BodyReader::open({Framing::Kind::kChunked}, Peer::kUpstream);
  ASSERT_TRUE(chunks->relay("3\r\nabc\r\n0\r\n", [](std::string_view) {}));
  EXPECT_FALSE(chunks->close());
  auto whole = BodyReader::open({Framing::Kind::kLength, 3}, Peer::kUpstream);
  ASSERT_TRUE(whole->next("abc"));
  EXPECT_TRUE(whole->close());
}

}  // namespace
}  // namespace pointsman::http
