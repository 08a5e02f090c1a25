#include "json/patch_stream.h"

#include <gtest/gtest.h>

#include <random>

#include "json/fault.h"
#include "support/json_suite.h"
#include "support/partial_oracle.h"
#include "support/patch_reader.h"
#include "support/random_json.h"

namespace pointsman::json {
namespace {

using testing::PartialOracle;
using testing::PatchReader;

// Every event's data on a line of its own.
constexpr PatchEnvelope kLines{.head = "", .tail = "\n"};

std::string events_of(const std::vector<std::string_view>& pieces, std::string_view schema = {}) {
  std::string out;
  PatchedText text(0, kLines);
  for (const std::string_view piece : pieces) text.feed(piece, out);
  text.finish(schema, out);
  return out;
}

// Feeds the pieces; after each event the reader has what the text told so far. Returns all events.
std::string expect_followed(const std::vector<std::string_view>& pieces, PatchEnvelope envelope = kLines) {
  PatchReader reader;
  PatchedText text(7, envelope);
  std::string all;
  std::string fed;
  text.open({.choice = 2}, all);
  EXPECT_TRUE(reader.read(all, envelope.head, envelope.tail));
  for (const std::string_view piece : pieces) {
    std::string events;
    EXPECT_TRUE(text.feed(piece, events));
    fed += piece;
    if (events.empty()) continue;
    EXPECT_TRUE(reader.read(events, envelope.head, envelope.tail)) << events;
    EXPECT_EQ(reader.value(), PartialOracle::read(fed)) << "after " << fed.size() << " bytes of " << fed;
    all += events;
    if (::testing::Test::HasFailure()) return all;
  }
  std::string last;
  text.finish({}, last);
  EXPECT_TRUE(reader.read(last, envelope.head, envelope.tail)) << last;
  EXPECT_EQ(reader.value(), PartialOracle::read(fed + " "));
  return all + last;
}

std::vector<std::string_view> chunks(std::string_view text, std::size_t size) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < text.size(); i += size) pieces.push_back(text.substr(i, size));
  return pieces;
}

std::string repeated(std::string_view begin, std::string_view middle, std::string_view end, std::size_t bytes) {
  std::string out(begin);
  while (out.size() + middle.size() + end.size() <= bytes) out += middle;
  return out + std::string(end);
}

TEST(PatchStream, WritesWhatEachPieceMadeVisible) {
  const struct {
    std::vector<std::string_view> pieces;
    std::string_view events;
  } cases[] = {
      {{"{\"a\":\"x", "y", "z\"", "}"},
       "[0,[{\"a\":\"x\"}],1,\"a\"]\n[0,\"y\"]\n[0,\"z\"]\n{\"end\":0,\"verdict\":\"complete\"}\n"},
      {{"[1,[2", ",3", "],[4,{\"k\":[5,", "6]}]", ",7]"},
       "[0,[[1,[]]],2]\n[0,[2]]\n[0,[3],-1,[[4,{\"k\":[5]}]],2,\"k\"]\n[0,[6]]\n[0,-3,[7]]\n"
       "{\"end\":0,\"verdict\":\"complete\"}\n"},
  };
  for (const auto& [pieces, events] : cases) EXPECT_EQ(events_of(pieces), events);
}

TEST(PatchStream, AnnouncesWhoseValueItIs) {
  std::string out;
  PatchStream(0).open({.choice = 1}, out);
  EXPECT_EQ(out, "event: pointsman.partial\ndata: {\"open\":0,\"choice\":1}\n\n");
  out.clear();
  PatchStream(3, kLines).open({.choice = 0, .tool = PatchTarget::Tool{.index = 1, .id = "call\"7", .name = "f"}}, out);
  EXPECT_EQ(out, "{\"open\":3,\"choice\":0,\"tool\":{\"index\":1,\"id\":\"call\\\"7\",\"name\":\"f\"}}\n");
}

TEST(PatchStream, EndsWithTheVerdict) {
  EXPECT_EQ(events_of({"[1", "]"}, R"({"valid":false})"),
            "[0,[[]],1]\n[0,[1]]\n{\"end\":0,\"verdict\":\"complete\",\"schema\":{\"valid\":false}}\n");
  EXPECT_EQ(events_of({"[\"a"}), "[0,[[\"a\"]],2]\n{\"end\":0,\"verdict\":\"incomplete\"}\n");
  EXPECT_EQ(events_of({""}), "{\"end\":0,\"verdict\":\"incomplete\"}\n");
  EXPECT_EQ(events_of({"12"}), "[0,[12]]\n{\"end\":0,\"verdict\":\"complete\"}\n");
  EXPECT_EQ(events_of({"[1,x", "]"}),
            "[0,[[1]],1]\n{\"end\":0,\"verdict\":\"invalid\",\"offset\":3,\"what\":\"expected a value\"}\n");
}

TEST(PatchStream, WaitsOnlyWhileTheBoundAsksForIt) {
  PatchStream stream(0);
  IncrementalScanner<PatchOps> scanner(stream.sink());
  std::string out;
  std::size_t waits = 0;
  stream.open({}, out);
  const std::string text = repeated("[\"", "word ", "\"]", 10'000);
  for (const std::string_view piece : chunks(text, 4)) {
    scanner.feed(piece);
    const std::size_t before = out.size();
    const std::size_t would = stream.sink().size() + PatchEnvelope{}.head.size() + PatchEnvelope{}.tail.size() + 3;
    const bool visible = stream.sink().visible();
    stream.fed(piece.size(), out);
    EXPECT_LE(stream.bytes_written(), PatchStream::kFree + stream.bytes_fed() * 19 / 10);
    if (out.size() > before) {
      EXPECT_EQ(out.size() - before, would);
    } else if (visible) {
      ++waits;
      EXPECT_GT(stream.bytes_written() + would, PatchStream::kFree + stream.bytes_fed() * 19 / 10);
    }
  }
  EXPECT_GT(waits, 1000U);
  EXPECT_EQ(stream.bytes_written(), out.size());
  EXPECT_EQ(stream.bytes_fed(), text.size());
}

TEST(PatchStream, IsFollowedOverEveryFileOfJsonTestSuite) {
  const auto cases = testing::json_suite("y_");
  if (cases.empty()) GTEST_SKIP() << "no JSONTestSuite at " << testing::json_suite_directory();
  for (const auto& [name, text] : cases) {
    SCOPED_TRACE(name);
    for (const std::size_t size : {1U, 4U, 1000U}) expect_followed(chunks(text, size));
  }
}

TEST(PatchStream, IsFollowedOverRandomDocumentsHoweverCut) {
  std::mt19937 cuts(5);
  for (unsigned seed = 0; seed < 60; ++seed) {
    testing::RandomJson random(seed);
    random.repeat_names = seed % 3 == 0;
    const std::string text = random.document(seed % 2 == 0 ? 15 : 150);
    expect_followed(chunks(text, 1));
    for (const std::size_t longest : {6U, 80U}) expect_followed(testing::random_pieces(text, longest, cuts));
    if (HasFailure()) return;
  }
}

// 100 KB in pieces of 4 bytes: with all that stands around the data, less than twice the document.
TEST(PatchStream, CostsAtMostTwiceTheDocument) {
  static constexpr std::size_t kBytes = 100'000;
  std::string nest = std::string(120, '[') + "1" + std::string(120, ']') + ",";
  std::string climb = std::string(100, '[');  // each level gets one more element when the one within it closes
  for (int i = 0; i < 100; ++i) climb += "],1";
  const struct {
    std::string_view what;
    std::string text;
  } documents[] = {
      {"one long string", repeated("{\"text\":\"", "All work and no play. ", "\"}", kBytes)},
      {"escapes", repeated("[\"", "\\\"\\n\\u0001", "\"]", kBytes)},
      {"short strings", repeated("[\"\"", ",\"\"", "]", kBytes)},
      {"digits", repeated("[0", ",1", "]", kBytes)},
      {"empty containers", repeated("[{}", ",[],{}", "]", kBytes)},
      {"empty names", repeated("[{}", ",{\"\":{\"\":\"\"}}", "]", kBytes)},
      {"records", repeated("[0", ",{\"id\":7,\"name\":\"Ada\",\"tags\":[\"x\",\"y\"],\"ok\":true}", "]", kBytes)},
      {"deep", repeated("[", nest, "0]", kBytes)},
      {"climbing", repeated("[0", "," + climb, "]", kBytes)},
      {"long names", repeated("[0", ",{\"" + std::string(500, 'n') + "\":\"\"}", "]", kBytes)},
      {"members", repeated("{\"a\":0", ",\"b\":0", "}", kBytes)},
  };
  static constexpr PatchEnvelope kChunk{.head = "data: {\"choices\":[],\"pointsman_partial\":", .tail = "}\n\n"};
  for (const auto& [what, text] : documents) {
    ASSERT_FALSE(find_fault(text)) << what;
    for (const PatchEnvelope& envelope : {PatchEnvelope{}, kChunk}) {
      std::string out;
      PatchedText patched(0, envelope);
      patched.open({.tool = PatchTarget::Tool{.index = 0, .id = "call_0123456789abcdef", .name = "write_report"}}, out);
      for (const std::string_view piece : chunks(text, 4)) patched.feed(piece, out);
      patched.finish({}, out);
      const auto events = static_cast<double>(out.size());
      const double ratio = events / static_cast<double>(text.size());
      EXPECT_LE(ratio, 2.0) << what;
      EXPECT_LE(events, PatchStream::kFree + 1.9 * static_cast<double>(text.size()) + PatchStream::kLast) << what;
      RecordProperty(std::string(what), std::to_string(ratio));
    }
  }
}

TEST(PatchStream, HoldsItsBoundWhereverATextStops) {
  std::mt19937 cuts(9);
  for (unsigned seed = 0; seed < 60; ++seed) {
    testing::RandomJson random(seed);
    std::string text = random.document(400);
    text.resize(cuts() % text.size() + 1U);
    if (seed % 2 == 1) text = testing::mutated(text, cuts);
    for (const std::size_t size : {1U, 4U, 64U, 5000U}) {
      const std::string events = events_of(chunks(text, size));
      EXPECT_LE(static_cast<double>(events.size()),
                PatchStream::kFree + 1.9 * static_cast<double>(text.size()) + PatchStream::kLast);
    }
  }
}

TEST(PatchStream, KeepsLittleOfAGreatDocument) {
  const std::string text = repeated("[{\"text\":\"", std::string(1000, 'x'), "\"}]", 4U << 20);
  std::string out;
  PatchedText patched(0);
  std::size_t longest = 0;
  for (const std::string_view piece : chunks(text, 1U << 20)) {
    patched.feed(piece, out);
    for (std::size_t at = 0; at < out.size();) {
      const std::size_t end = out.find("\n\n", at) + 2;
      longest = std::max(longest, end - at);
      at = end;
    }
    out.clear();
  }
  patched.finish({}, out);
  EXPECT_LT(longest, 20'000U);
  EXPECT_TRUE(out.ends_with("{\"end\":0,\"verdict\":\"complete\"}\n\n"));
}

}  // namespace
}  // namespace pointsman::json
