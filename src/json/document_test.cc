#include "json/document.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace pointsman::json {
namespace {

namespace fs = std::filesystem;

std::string nested(int depth) {
  const auto levels = static_cast<std::size_t>(depth);
  return std::string(levels, '[') + std::string(levels, ']');
}

bool accepted(std::string_view text) {
  Document document;
  return document.validate(text).has_value();
}

fs::path data_dir() {
  const char* const set = std::getenv("POINTSMAN_DATA");
  return set != nullptr ? fs::path(set) : fs::path(POINTSMAN_SOURCE_DIR) / "../shared/data";
}

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Document, AgreesWithEveryCaseOfJsonTestSuite) {
  const fs::path dir = data_dir() / "json/JSONTestSuite/test_parsing";
  if (!fs::exists(dir)) GTEST_SKIP() << "no JSONTestSuite at " << dir << " (set POINTSMAN_DATA)";
  int yes = 0;
  int no = 0;
  int either = 0;
  for (const auto& entry : fs::directory_iterator(dir)) {
    const std::string name = entry.path().filename().string();
    const std::string text = read_all(entry.path());
    const bool good = accepted(text);
    EXPECT_EQ(good, !find_fault(text).has_value()) << name << ": fast and slow path disagree";
    if (name.starts_with("y_")) {
      ++yes;
      EXPECT_TRUE(good) << name;
    } else if (name.starts_with("n_")) {
      ++no;
      EXPECT_FALSE(good) << name;
    } else {
      ++either;
    }
  }
  EXPECT_EQ(yes, 95);
  EXPECT_EQ(no, 188);
  EXPECT_EQ(either, 35);
}

TEST(Document, AcceptsEverythingOfTheTransformSetThatIsJson) {
  const fs::path dir = data_dir() / "json/JSONTestSuite/test_transform";
  if (!fs::exists(dir)) GTEST_SKIP() << "no JSONTestSuite at " << dir << " (set POINTSMAN_DATA)";
  for (const auto& entry : fs::directory_iterator(dir)) {
    const std::string text = read_all(entry.path());
    EXPECT_EQ(accepted(text), !find_fault(text).has_value()) << entry.path().filename();
  }
}

TEST(Document, NamesTheExactPlaceOfAFault) {
  struct Case {
    std::string_view text;
    std::size_t offset, line, column;
    std::string_view what;
  };
  const Case cases[] = {
      {"", 0, 1, 1, "empty"},
      {"{\"a\":1,}", 7, 1, 8, "member name"},
      {"{\"a\":1\n \"b\":2}", 8, 2, 2, "expected ',' or '}'"},
      {"[1,\n2,\n  tru]", 9, 3, 3, "true, false or null"},
      {"[\"\xC3\xA9\xC3\xA9\", x]", 9, 1, 8, "expected a value"},
      {"{\"a\":\"\\x\"}", 6, 1, 7, "unknown escape"},
      {"[\"\\u12g4\"]", 2, 1, 3, "four hexadecimal"},
      {"[\"a\tb\"]", 3, 1, 4, "control character"},
      {"[\"abc", 1, 1, 2, "not closed"},
      {"[1 2]", 3, 1, 4, "expected ',' or ']'"},
      {"{} {}", 3, 1, 4, "after the document"},
      {"[-]", 2, 1, 3, "digit"},
      {"[01]", 2, 1, 3, "start with 0"},
      {"{\"a\" 1}", 5, 1, 6, "':'"},
      {"[", 1, 1, 2, "expected a value"},
      {"{\"a\":[1}", 7, 1, 8, "expected ',' or ']'"},
  };
  Document document;
  for (const Case& c : cases) {
    const auto fault = find_fault(c.text);
    ASSERT_TRUE(fault) << c.text;
    EXPECT_EQ(fault->at.offset, c.offset) << c.text;
    EXPECT_EQ(fault->at.line, c.line) << c.text;
    EXPECT_EQ(fault->at.column, c.column) << c.text;
    EXPECT_NE(fault->what.find(c.what), std::string_view::npos) << c.text << ": " << fault->what;
    const auto verdict = document.validate(c.text);
    ASSERT_FALSE(verdict) << c.text;
    EXPECT_EQ(verdict.error().code(), base::ErrorCode::kParse);
    EXPECT_EQ(verdict.error().place(), std::to_string(c.line) + ":" + std::to_string(c.column));
    EXPECT_NE(verdict.error().message().find("byte " + std::to_string(c.offset)), std::string::npos);
  }
}

TEST(Document, RefusesEveryKindOfInvalidUtf8AtItsFirstByte) {
  const std::string_view bad[] = {"\x80",         "\xC0\xAF",         "\xC3(",    "\xE0\x80\x80",
                                  "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88", "\xFF",
                                  "\xE2\x82",     "\xF0\x9F\x98",     "\xC1\x81"};
  for (const std::string_view bytes : bad) {
    for (const std::size_t before : {0U, 1U, 15U, 31U, 62U, 63U, 64U, 200U}) {
      const std::string text = "[\"" + std::string(before, 'x') + std::string(bytes) + "\"]";
      Document document;
      const auto verdict = document.validate(text);
      ASSERT_FALSE(verdict) << before;
      EXPECT_EQ(find_fault(text)->at.offset, before + 2);
      EXPECT_NE(verdict.error().message().find("UTF-8"), std::string::npos);
    }
  }
}

TEST(Document, AcceptsDepth128AndRefuses129) {
  EXPECT_TRUE(accepted(nested(128)));
  EXPECT_FALSE(accepted(nested(129)));
  EXPECT_FALSE(find_fault(nested(128)));
  const auto fault = find_fault(nested(129));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->at.offset, 128U);
  EXPECT_FALSE(accepted(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 129; ++i) objects += "{\"a\":";
  EXPECT_FALSE(accepted(objects + "1" + std::string(129, '}')));
}

TEST(Document, TakesTwentyMegabytesAndNotOneByteMore) {
  const std::size_t limit = 20U << 20;
  Document document(limit);
  std::string body = "[\"" + std::string(limit - 4, 'a') + "\"]";
  EXPECT_TRUE(document.validate(body));
  body.insert(2, "b");
  const auto verdict = document.validate(body);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code(), base::ErrorCode::kTooLarge);
}

TEST(Document, LeavesOddNumbersAloneThatNobodyReads) {
  EXPECT_TRUE(accepted("[123456789012345678901234567890, 1e999, -0.0, 1E-400]"));
  EXPECT_FALSE(accepted("[1.]"));
  EXPECT_FALSE(accepted("[+1]"));
  EXPECT_FALSE(accepted("[NaN]"));
}

TEST(Document, NeedsNoBytesBehindTheBody) {
  for (std::size_t size = 2; size < 200; ++size) {
    // An exact heap block: AddressSanitizer sees any read behind it.
    const std::string text = "[" + std::string(size - 2, ' ') + "]";
    const std::unique_ptr<char[]> exact(new char[size]);
    text.copy(exact.get(), size);
    EXPECT_TRUE(accepted({exact.get(), size}));
  }
}

TEST(Cursor, ReadsMembersAndSkipsTheRest) {
  Document document;
  ASSERT_TRUE(document.open(R"( {"n": -12 , "skip": {"x": [1, {"y": 2}]}, "s" : "a\n" , "b":true,"z":null} )"));
  Cursor c = document.root();
  std::int64_t number = 0;
  RawString text;
  bool yes = false;
  bool null = false;
  std::size_t skipped_end = 0;
  for (bool more = c.enter_object(); more; more = c.next_member()) {
    if (c.key_is("n")) {
      EXPECT_TRUE(c.read_integer(number));
    } else if (c.key_is("s")) {
      EXPECT_FALSE(c.read_bool(yes));
      EXPECT_TRUE(c.read_string(text));
    } else if (c.key_is("b")) {
      EXPECT_TRUE(c.read_bool(yes));
    } else if (c.key_is("z")) {
      null = c.skip_if_null();
    } else {
      EXPECT_EQ(c.offset(), 21U);
      c.skip();
      skipped_end = c.last_end();
    }
  }
  EXPECT_TRUE(c.finished());
  EXPECT_EQ(number, -12);
  EXPECT_EQ(text.raw, "a\\n");
  EXPECT_EQ(text.escapes, Escapes::kSimple);
  EXPECT_TRUE(yes);
  EXPECT_TRUE(null);
  EXPECT_EQ(skipped_end, 41U);
}

TEST(Cursor, SeesThroughEscapedKeys) {
  Document document;
  ASSERT_TRUE(document.open(R"({"mod\u0065l":1})"));
  Cursor c = document.root();
  ASSERT_TRUE(c.enter_object());
  EXPECT_TRUE(c.key_is("model"));
  EXPECT_FALSE(c.key_is("mode"));
}

TEST(Cursor, ComesBackToAMark) {
  Document document;
  ASSERT_TRUE(document.open(R"({"a":["x"],"b":2})"));
  Cursor c = document.root();
  ASSERT_TRUE(c.enter_object());
  const Cursor::Mark mark = c.mark();
  c.skip();
  ASSERT_TRUE(c.next_member());
  c.skip();
  EXPECT_FALSE(c.next_member());
  EXPECT_TRUE(c.finished());
  c.seek(mark);
  EXPECT_TRUE(c.enter_array());
  RawString text;
  EXPECT_TRUE(c.read_string(text));
  EXPECT_EQ(text.raw, "x");
}

TEST(Cursor, PassesOverWholeValuesUnchecked) {
  Document document;
  ASSERT_TRUE(document.open(R"({"a":[{"x":"]}"},[]],"b":"{","c":1e5 ,"d":{}, "e":tru})"));
  Cursor c = document.root();
  std::string names;
  for (bool more = c.enter_object(); more; more = c.next_member()) {
    names += c.key().raw;
    c.pass();
  }
  EXPECT_EQ(names, "abcde");
  EXPECT_TRUE(c.finished());
  ASSERT_TRUE(document.open("[[1,2"));
  c = document.root();
  c.pass();
  EXPECT_TRUE(c.failed());
}

TEST(Cursor, StaysFailedAfterAFault) {
  Document document;
  ASSERT_TRUE(document.open("[1, tru, 3]"));
  Cursor c = document.root();
  int values = 0;
  for (bool more = c.enter_array(); more; more = c.next_element()) {
    c.skip();
    ++values;
  }
  EXPECT_EQ(values, 2);
  EXPECT_TRUE(c.failed());
  EXPECT_FALSE(c.finished());
  EXPECT_FALSE(c.enter_array());
  EXPECT_FALSE(c.next_member());
}

}  // namespace
}  // namespace pointsman::json
