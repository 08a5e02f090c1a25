#include "json/incremental_scanner.h"

#include <gtest/gtest.h>

#include <random>

#include "json/document.h"
#include "json/tee_sink.h"
#include "support/json_suite.h"

namespace pointsman::json {
namespace {

// Writes down every call; pieces of a string are joined, because where they are cut depends on the feeds.
struct Recorder {
  std::string calls;
  void begin_object() { calls += "{"; }
  void end_object() { calls += "}"; }
  void begin_array() { calls += "["; }
  void end_array() { calls += "]"; }
  void key(std::string_view name) { calls += "key(" + std::string(name) + ")"; }
  void begin_string() { calls += "<"; }
  void string_piece(std::string_view text) { calls += text; }
  void end_string() { calls += ">"; }
  void begin_number() { calls += "#"; }
  void number(std::string_view text) { calls += std::string(text) + ";"; }
  void begin_literal(Literal which) { calls += spelling(which).front(); }
  void literal(Literal which) { calls += spelling(which).substr(1); }
};

struct Outcome {
  std::string calls;
  bool complete = false;
  std::optional<ScanFault> fault;
  bool operator==(const Outcome&) const = default;
};

Outcome scan(const std::vector<std::string_view>& pieces, ScanLimits limits = {}) {
  Recorder recorder;
  IncrementalScanner<Recorder> scanner(recorder, limits);
  for (const std::string_view piece : pieces) {
    const std::string exact(piece);  // a block of its own: nothing may be read behind it, or kept of it
    scanner.feed(exact);
  }
  const bool complete = scanner.finish();
  return {recorder.calls, complete, scanner.fault()};
}
Outcome scan(std::string_view text, ScanLimits limits = {}) {
  return scan(std::vector<std::string_view>{text}, limits);
}
std::string calls(std::string_view text) {
  return scan(text).calls;
}

std::string describe(const Outcome& outcome) {
  std::string out = outcome.calls + (outcome.complete ? " complete" : "");
  if (outcome.fault) out += " " + std::to_string(outcome.fault->offset) + ": " + std::string(outcome.fault->what);
  return out;
}

void expect_same_however_cut(std::string_view text, std::mt19937& random, ScanLimits limits = {}) {
  const Outcome whole = scan(text, limits);
  for (std::size_t cut = 1; cut < text.size() && cut < 400; ++cut) {
    const Outcome two = scan({text.substr(0, cut), text.substr(cut)}, limits);
    ASSERT_EQ(describe(two), describe(whole)) << "cut at " << cut << " of " << text.substr(0, 400);
  }
  for (const std::size_t longest : {1U, 3U, 7U}) {
    const Outcome many = scan(testing::random_pieces(text, longest, random), limits);
    ASSERT_EQ(describe(many), describe(whole)) << "pieces of at most " << longest << " of " << text.substr(0, 400);
  }
}

// What the slow inspector of whole texts says, as this scanner should say it.
void expect_agreement(std::string_view text) {
  const Outcome outcome = scan(text);
  const std::optional<Fault> fault = find_fault(text);
  ASSERT_EQ(outcome.complete && !outcome.fault, !fault) << text << describe(outcome);
  ASSERT_EQ(Document().validate(text).has_value(), !fault) << text;
  if (!outcome.fault) return;
  // A string without end, or a document: the inspector blames its beginning, the scanner what it met first.
  ASSERT_TRUE(fault.has_value());
  if (fault->what == "the string is not closed") return;
  EXPECT_EQ(outcome.fault->offset, fault->at.offset) << text << describe(outcome) << fault->what;
  if (fault->what != "these bytes are not UTF-8") EXPECT_EQ(outcome.fault->what, fault->what) << text;
}

TEST(IncrementalScanner, TellsEveryValueInOrder) {
  EXPECT_EQ(calls(R"( {"a" : [1, -2.50e+3 ,"x\ny"], "b":{}, "":[] , "t":true,"f":false,"n":null} )"),
            "{key(a)[#1;#-2.50e+3;<x\ny>]key(b){}key()[]key(t)truekey(f)falsekey(n)null}");
  EXPECT_EQ(calls("0"), "#0;");
  EXPECT_EQ(calls(R"("")"), "<>");
}

TEST(IncrementalScanner, HoldsBackWhatIsNotWhole) {
  EXPECT_EQ(calls(R"({"a)"), "{");
  EXPECT_EQ(calls(R"({"a" )"), "{");
  EXPECT_EQ(calls(R"({"a": )"), "{");
  EXPECT_EQ(calls(R"({"a":")"), "{key(a)<");
  EXPECT_EQ(calls(R"({"a":1)"), "{key(a)#");
  EXPECT_EQ(calls(R"({"a":tru)"), "{key(a)t");
  EXPECT_EQ(calls(R"(["x\)"), "[<x");
  EXPECT_EQ(calls(R"(["x\u00e)"), "[<x");
  EXPECT_EQ(calls("[\"x\xF0\x9F\x98"), "[<x");
  EXPECT_EQ(calls(R"(["x\ud83d)"), "[<x");
  EXPECT_EQ(calls(R"(["x\ud83d\)"), "[<x");
  EXPECT_EQ(calls(R"(["x\ud83d\ude0)"), "[<x");
  EXPECT_EQ(calls(R"(["x\ud83d\ude00)"), "[<x\xF0\x9F\x98\x80");
}

TEST(IncrementalScanner, PutsAReplacementForASurrogateWithoutPartner) {
  EXPECT_EQ(calls(R"(["\ud83d"])"), "[<\xEF\xBF\xBD>]");
  EXPECT_EQ(calls(R"(["\ude00x"])"), "[<\xEF\xBF\xBDx>]");
  EXPECT_EQ(calls(R"(["\ud83dx"])"), "[<\xEF\xBF\xBDx>]");
  EXPECT_EQ(calls(R"(["\ud83d\n"])"), "[<\xEF\xBF\xBD\n>]");
  EXPECT_EQ(calls(R"(["\ud83d\u0041"])"),
            "[<\xEF\xBF\xBD"
            "A>]");
  EXPECT_EQ(calls(R"(["\ud83d\ud83d\ude00"])"), "[<\xEF\xBF\xBD\xF0\x9F\x98\x80>]");
  EXPECT_EQ(calls(R"({"\ud83d":1})"), "{key(\xEF\xBF\xBD)#1;}");
}

TEST(IncrementalScanner, NamesTheExactPlaceOfAFault) {
  const struct {
    std::string_view text;
    ScanFault fault;
  } cases[] = {
      {"[1,]", {3, "a value must follow ','"}},
      {R"({"a":1,})", {7, "expected a member name in double quotes"}},
      {R"({"a" 1})", {5, "expected ':' after a member name"}},
      {R"({"a":1 "b")", {7, "expected ',' or '}' after a member"}},
      {"[1 2]", {3, "expected ',' or ']' after an element"}},
      {"[trve]", {1, "expected a value (true, false or null in lower case?)"}},
      {"[01]", {2, "a number must not start with 0"}},
      {"[1.]", {3, "expected a digit after '.'"}},
      {R"(["ab\q"])", {4, "unknown escape in a string"}},
      {R"(["ab\u12G4"])", {4, "'\\u' must be followed by four hexadecimal digits"}},
      {"[\"a\nb\"]", {3, "a control character in a string must be escaped"}},
      {"[\"a\xE4\xBD\"]", {3, "these bytes are not UTF-8"}},
      {"1 x", {2, "unexpected text after the document"}},
  };
  for (const auto& [text, fault] : cases) EXPECT_EQ(scan(text).fault, fault) << text;
}

TEST(IncrementalScanner, KeepsItsFaultWhateverFollows) {
  Recorder recorder;
  IncrementalScanner<Recorder> scanner(recorder);
  EXPECT_TRUE(scanner.feed("[1"));
  EXPECT_FALSE(scanner.feed(",]"));
  EXPECT_FALSE(scanner.feed("2]"));
  EXPECT_FALSE(scanner.finish());
  EXPECT_EQ(scanner.fault()->offset, 3U);
  EXPECT_EQ(recorder.calls, "[#1;");
  scanner.reset();
  EXPECT_TRUE(scanner.feed("[2]"));
  EXPECT_TRUE(scanner.complete());
}

TEST(IncrementalScanner, KnowsThatANumberAloneMayGoOn) {
  Recorder recorder;
  IncrementalScanner<Recorder> scanner(recorder);
  scanner.feed("12");
  EXPECT_FALSE(scanner.complete());
  scanner.feed("3");
  EXPECT_TRUE(scanner.finish());
  EXPECT_EQ(recorder.calls, "#123;");
  EXPECT_FALSE(scan("-").complete);
  EXPECT_FALSE(scan("1e").complete);
  EXPECT_FALSE(scan("").complete);
}

TEST(IncrementalScanner, TellsTwoSinksTheSame) {
  Recorder first;
  Recorder second;
  TeeSink<Recorder, Recorder> both(first, second);
  IncrementalScanner scanner(both);
  scanner.feed(R"({"a":[1,"x",true,{}]})");
  EXPECT_EQ(first.calls, "{key(a)[#1;<x>true{}]}");
  EXPECT_EQ(second.calls, first.calls);
}

TEST(IncrementalScanner, BoundsDepthNamesAndNumbers) {
  const std::string deepest = std::string(kMaxDepth, '[') + std::string(kMaxDepth, ']');
  EXPECT_TRUE(scan(deepest).complete);
  EXPECT_EQ(scan("[" + deepest).fault, (ScanFault{kMaxDepth, "nested deeper than 128 levels"}));
  const ScanLimits small{.name_bytes = 4, .number_bytes = 4};
  EXPECT_TRUE(scan(R"({"abcd":1234})", small).complete);
  EXPECT_EQ(scan(R"( {"abcde":1})", small).fault, (ScanFault{2, "a member name is too long"}));
  EXPECT_EQ(scan("[12345]", small).fault, (ScanFault{1, "a number is too long"}));
  EXPECT_TRUE(scan(R"(["12345"])", small).complete);
}

TEST(IncrementalScanner, ReachesTheSameLimitHoweverTheTextIsCut) {
  std::mt19937 random(7);
  const ScanLimits small{.name_bytes = 4, .number_bytes = 4};
  for (const std::string_view text : {"{\"abcde\x01\":1}", "{\"abcd\xC3\xA9\":1}", R"({"abc\u00e9":1})", "[12345x",
                                      "[1234567]", "[1234", "[1234]", "{\"ab\\n\xFF\":1}"}) {
    expect_same_however_cut(text, random, small);
  }
}

TEST(IncrementalScanner, AgreesWithJsonTestSuite) {
  if (testing::json_suite("y_").empty()) GTEST_SKIP() << "no JSONTestSuite at " << testing::json_suite_directory();
  int yes = 0;
  int no = 0;
  const auto good = [](const std::string& text) {
    const Outcome outcome = scan(text);
    return outcome.complete && !outcome.fault;
  };
  for (const auto& [name, text] : testing::json_suite("y_")) yes += good(text) ? 1 : 0;
  for (const auto& [name, text] : testing::json_suite("n_")) no += good(text) ? 0 : 1;
  EXPECT_EQ(yes, 95);
  EXPECT_EQ(no, 188);
  EXPECT_EQ(testing::json_suite("i_").size(), 35U);
}

TEST(IncrementalScanner, SaysTheSameHoweverTheSuiteIsCut) {
  std::mt19937 random(1);
  for (const std::string_view kind : {"y_", "n_", "i_"}) {
    for (const auto& [name, text] : testing::json_suite(kind)) {
      if (text.size() > 10'000) continue;  // 100,000 brackets: stops at the 129th
      SCOPED_TRACE(name);
      expect_same_however_cut(text, random);
      expect_agreement(text);
    }
  }
}

TEST(IncrementalScanner, AgreesWithTheInspectorOnDamagedTexts) {
  std::mt19937 random(2);
  static constexpr std::string_view kSeeds[] = {
      R"({"a":[1,-2.5e+3,"x\n\u00e9\ud83d\ude00y"],"b":{},"":[true,false,null]})",
      "[\"h\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\", 0, 10.01E-2, {\"k\" : \"\\\\\\\"\\/\"}]",
      R"("only \ud800 a string")",
      " -0.1 ",
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = testing::mutated(std::string(kSeeds[round % 4]), random);
    expect_agreement(text);
    if (round % 20 == 0) expect_same_however_cut(text, random);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace pointsman::json
