// The protocol of Redis, in bytes: what is read whole is read the same from any pieces, and nothing is read for ever.
#include <gmock/gmock.h>

#include <algorithm>
#include <optional>

#include "base/rng.h"
#include "shared_redis/resp_commands.h"
#include "shared_redis/resp_reader.h"

namespace pointsman::shared_redis {
namespace {

using base::ErrorCode;
using Kind = RespValue::Kind;

// As a test reads it: nil, "text", !error, 7, [items], >[push].
std::string shown(const RespValue& value) {
  switch (value.kind) {
    case Kind::kNull:
      return "nil";
    case Kind::kText:
      return '"' + value.text + '"';
    case Kind::kError:
      return '!' + value.text;
    case Kind::kInteger:
      return std::to_string(value.integer);
    case Kind::kList:
    case Kind::kPush:
      break;
  }
  std::string out = value.is(Kind::kPush) ? ">[" : "[";
  for (const RespValue& item : value.items) out += shown(item) + ' ';
  return out + ']';
}

struct Outcome {
  std::vector<std::string> values;
  std::optional<ErrorCode> failed;
  bool operator==(const Outcome&) const = default;
};

// Feeds the bytes in pieces of those sizes, the last for all the rest.
Outcome read_in(std::string_view bytes, std::vector<std::size_t> pieces, const RespLimits& limits = {}) {
  RespReader reader(limits);
  Outcome out;
  pieces.push_back(bytes.size());
  for (const std::size_t size : pieces) {
    std::string_view piece = bytes.substr(0, std::min(size, bytes.size()));
    bytes.remove_prefix(piece.size());
    while (!piece.empty()) {
      const auto taken = reader.read(piece);
      if (!taken) {
        out.failed = taken.error().code();
        return out;
      }
      piece.remove_prefix(*taken);
      if (reader.complete()) out.values.push_back(shown(reader.take()));
    }
  }
  return out;
}

TEST(RespReader, ReadsEveryTypeOfBothVersions) {
  struct Case {
    std::string_view bytes;
    std::string_view value;
  };
  const Case cases[] = {
      {"+OK\r\n", "\"OK\""},
      {"+\r\n", "\"\""},
      {"-MOVED 12182 10.0.0.1:6379\r\n", "!MOVED 12182 10.0.0.1:6379"},
      {":-9223372036854775808\r\n", "-9223372036854775808"},
      {"$5\r\na\r\nb\n\r\n", "\"a\r\nb\n\""},
      {"$0\r\n\r\n", "\"\""},
      {"$-1\r\n", "nil"},
      {"*-1\r\n", "nil"},
      {"_\r\n", "nil"},
      {"*0\r\n", "[]"},
      {"*3\r\n:1\r\n*1\r\n$1\r\nx\r\n*0\r\n", "[1 [\"x\" ] [] ]"},
      {"%2\r\n+a\r\n:1\r\n+b\r\n_\r\n", "[\"a\" 1 \"b\" nil ]"},
      {"~2\r\n#t\r\n#f\r\n", "[1 0 ]"},
      {",1.5e3\r\n", "\"1.5e3\""},
      {"(3492890328409238509324850943850943825024385\r\n", "\"3492890328409238509324850943850943825024385\""},
      {"!8\r\nERR a\r\nb\r\n", "!ERR a\r\nb"},
      {"=8\r\ntxt:word\r\n", "\"word\""},
      {">2\r\n+message\r\n+x\r\n", ">[\"message\" \"x\" ]"},
      {"|1\r\n+ttl\r\n:3\r\n*2\r\n|1\r\n+k\r\n+v\r\n:7\r\n:8\r\n", "[7 8 ]"},
      {"|0\r\n+x\r\n", "\"x\""},
  };
  for (const Case& one : cases) {
    const Outcome whole = read_in(one.bytes, {});
    ASSERT_EQ(whole.values.size(), 1U) << one.bytes;
    EXPECT_EQ(whole.values[0], one.value);
  }
}

TEST(RespReader, RefusesWhatIsNotTheProtocol) {
  for (const std::string_view bytes : {"\r\n",
                                       "+OK\n",
                                       "+a\rb\r\n",
                                       "?1\r\n",
                                       ":\r\n",
                                       ":1x\r\n",
                                       ": 1\r\n",
                                       ":9223372036854775808\r\n",
                                       "$x\r\n",
                                       "$-2\r\n",
                                       "*-2\r\n",
                                       "$1\r\nab\r\n",
                                       "$1\r\na\rx",
                                       "_x\r\n",
                                       "#y\r\n",
                                       "=3\r\nabc\r\n",
                                       "=5\r\nabcde\r\n",
                                       "HTTP/1.1 400 Bad Request\r\n",
                                       "$?\r\n",
                                       "*?\r\n"}) {
    EXPECT_EQ(read_in(bytes, {}).failed, ErrorCode::kCorrupt) << bytes;
  }
}

TEST(RespReader, IsBoundedInDepthLineStringItemsAndMemory) {
  RespLimits limits;
  limits.depth = 2;
  limits.line = 16;
  limits.string = 8;
  limits.memory = 40 * sizeof(RespValue);
  EXPECT_FALSE(read_in("*1\r\n*1\r\n:1\r\n", {}, limits).failed);
  EXPECT_EQ(read_in("*1\r\n*1\r\n*1\r\n:1\r\n", {}, limits).failed, ErrorCode::kTooLarge);
  EXPECT_EQ(read_in("+0123456789abcdef", {}, limits).failed, ErrorCode::kTooLarge) << "also before its end has come";
  EXPECT_FALSE(read_in("$8\r\n01234567\r\n", {}, limits).failed);
  EXPECT_EQ(read_in("$9\r\n", {}, limits).failed, ErrorCode::kTooLarge) << "the length says it already";
  EXPECT_EQ(read_in("*41\r\n", {}, limits).failed, ErrorCode::kTooLarge);
  EXPECT_EQ(read_in("%21\r\n", {}, limits).failed, ErrorCode::kTooLarge);
  std::string many = "*40\r\n";
  for (int i = 0; i < 40; ++i) many += "$8\r\n01234567\r\n";
  EXPECT_EQ(read_in(many, {}, limits).failed, ErrorCode::kTooLarge);
  std::string replies;
  for (int i = 0; i < 100; ++i) replies += "$8\r\n01234567\r\n";
  EXPECT_EQ(read_in(replies, {}, limits).values.size(), 100U) << "the limit is for one reply";
}

TEST(RespReader, AnySplitReadsTheSame) {
  const std::string bytes =
      "+OK\r\n*3\r\n:1\r\n%1\r\n$3\r\na\r\n\r\n=5\r\ntxt:x\r\n-ERR "
      "no\r\n>1\r\n_\r\n|1\r\n+a\r\n+b\r\n$4\r\n\r\n\r\n\r\n";
  const Outcome whole = read_in(bytes, {});
  ASSERT_EQ(whole.values.size(), 4U);
  for (std::size_t a = 0; a <= bytes.size(); ++a) {
    for (std::size_t b = 0; a + b <= bytes.size(); ++b) ASSERT_EQ(read_in(bytes, {a, b}), whole) << a << ' ' << b;
  }
  EXPECT_EQ(read_in(bytes, std::vector<std::size_t>(bytes.size(), 1)), whole);
}

TEST(RespReader, BrokenBytesReadTheSameInAnyPieces) {
  const std::string good = "*2\r\n$3\r\nabc\r\n%1\r\n+k\r\n:12\r\n_\r\n";
  base::Rng rng(7);
  for (int round = 0; round < 2'000; ++round) {
    std::string bytes = good;
    for (int change = 0; change < 2; ++change) bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    const Outcome whole = read_in(bytes, {});
    ASSERT_EQ(read_in(bytes, {rng.below(bytes.size()), rng.below(bytes.size())}), whole);
    ASSERT_EQ(read_in(bytes, std::vector<std::size_t>(bytes.size(), 1)), whole);
  }
}

TEST(RespCommands, NoArgumentCanBeTakenForACommand) {
  RespCommands commands;
  commands.add({"SET", "k", "v\r\n*1\r\n$8\r\nFLUSHALL\r\n"}).add({"GET", ""});
  EXPECT_EQ(commands.count(), 2U);
  EXPECT_EQ(commands.bytes(),
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$21\r\nv\r\n*1\r\n$8\r\nFLUSHALL\r\n\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n");
  EXPECT_EQ(read_in(commands.bytes(), {}).values.size(), 2U) << "commands are lists of strings";
}

}  // namespace
}  // namespace pointsman::shared_redis
