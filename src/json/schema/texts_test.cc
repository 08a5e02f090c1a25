// The small parts a schema is made of: trees, references, canonical texts, sets of texts.
#include <gtest/gtest.h>

#include "json/incremental_scanner.h"
#include "json/schema/canonical.h"
#include "json/schema/text_set.h"
#include "json/schema/tree.h"
#include "json/schema/uri.h"

namespace pointsman::json::schema {
namespace {

TEST(Tree, FindsWhatPointersName) {
  const auto tree = Tree::read(R"({"a/b": {"~": [1, "t\u0077o", {"": null}]}, "": true})", 1000);
  ASSERT_TRUE(tree) << tree.error().message();
  EXPECT_EQ(tree->at(0, ""), 0U);
  const Tree::Id two = tree->at(0, "/a~1b/~0/1");
  ASSERT_NE(two, Tree::kNone);
  EXPECT_EQ(tree->text(two), "two");
  EXPECT_EQ(tree->pointer(two), "/a~1b/~0/1");
  EXPECT_EQ(tree->kind(tree->at(0, "/a~1b/~0/2/")), ValueKind::kNull);
  EXPECT_EQ(tree->kind(tree->at(0, "/")), ValueKind::kTrue);
  for (const std::string_view nowhere : {"a", "/x", "/a~1b/~0/3", "/a~1b/~0/-", "/a~1b/~0/01x", "//"}) {
    EXPECT_EQ(tree->at(0, nowhere), Tree::kNone) << nowhere;
  }
}

TEST(Tree, RefusesARepeatedName) {
  const auto tree = Tree::read(R"({"a": [{"b": 1, "\u0062": 2}]})", 1000);
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().place(), "/a/0/b");
  EXPECT_EQ(Tree::read("{", 1000).error().code(), base::ErrorCode::kParse);
  EXPECT_EQ(Tree::read("{}  ", 3).error().code(), base::ErrorCode::kTooLarge);
}

// RFC 3986, section 5.4.
TEST(Uri, ResolvesTheExamplesOfTheStandard) {
  constexpr std::string_view kBase = "http://a/b/c/d;p?q";
  constexpr std::pair<std::string_view, std::string_view> kExamples[] = {{"g:h", "g:h"},
                                                                         {"g", "http://a/b/c/g"},
                                                                         {"./g", "http://a/b/c/g"},
                                                                         {"g/", "http://a/b/c/g/"},
                                                                         {"/g", "http://a/g"},
                                                                         {"//g", "http://g"},
                                                                         {"?y", "http://a/b/c/d;p?y"},
                                                                         {"g?y", "http://a/b/c/g?y"},
                                                                         {"#s", "http://a/b/c/d;p?q#s"},
                                                                         {"g#s", "http://a/b/c/g#s"},
                                                                         {";x", "http://a/b/c/;x"},
                                                                         {"", "http://a/b/c/d;p?q"},
                                                                         {".", "http://a/b/c/"},
                                                                         {"./", "http://a/b/c/"},
                                                                         {"..", "http://a/b/"},
                                                                         {"../", "http://a/b/"},
                                                                         {"../g", "http://a/b/g"},
                                                                         {"../..", "http://a/"},
                                                                         {"../../g", "http://a/g"},
                                                                         {"../../../g", "http://a/g"},
                                                                         {"/./g", "http://a/g"},
                                                                         {"/../g", "http://a/g"},
                                                                         {"g.", "http://a/b/c/g."},
                                                                         {"..g", "http://a/b/c/..g"},
                                                                         {"./../g", "http://a/b/g"},
                                                                         {"g/./h", "http://a/b/c/g/h"},
                                                                         {"g/../h", "http://a/b/c/h"},
                                                                         {"g;x=1/../y", "http://a/b/c/y"},
                                                                         {"g?y/../x", "http://a/b/c/g?y/../x"}};
  for (const auto& [reference, target] : kExamples) EXPECT_EQ(resolve_reference(kBase, reference), target) << reference;
  EXPECT_EQ(resolve_reference("", "a/b#c"), "a/b#c");
  EXPECT_EQ(resolve_reference("urn:x:y", "#f"), "urn:x:y#f");
  EXPECT_EQ(resolve_reference("http://a", "b"), "http://a/b");
}

TEST(Uri, DecodesPercents) {
  EXPECT_EQ(percent_decoded("/a%25b%2Fc%"), "/a%b/c%");
  EXPECT_EQ(percent_decoded("%4"), "%4");
}

std::string canonical(std::string_view text) {
  CanonicalText out;
  IncrementalScanner<CanonicalText> scanner(out);
  EXPECT_TRUE(scanner.feed(text) && scanner.finish()) << text;
  const auto tree = Tree::read(text, 10'000);
  if (tree) {
    CanonicalText again;
    append_canonical(*tree, 0, again);
    EXPECT_EQ(again.from(0), out.from(0)) << text;
  }
  return std::string(out.from(0));
}

TEST(CanonicalText, IsTheSameForEqualValues) {
  EXPECT_EQ(canonical(R"({"b": [1.0, {"y": 2, "x": "\u0041"}], "a": null})"),
            canonical(R"({"a":null,"b":[1,{"x":"A","y":20e-1}]})"));
  EXPECT_EQ(canonical(R"({"a":1,"b":2,"a":3})"), canonical(R"({"b":2,"a":3})")) << "of repeated names the last counts";
}

TEST(CanonicalText, TellsDifferentValuesApart) {
  constexpr std::string_view kDifferent[] = {"1",
                                             "\"1\"",
                                             "true",
                                             "false",
                                             "null",
                                             "0",
                                             "\"\"",
                                             "[]",
                                             "{}",
                                             "[[]]",
                                             "[[],[]]",
                                             "[1,2]",
                                             "[12]",
                                             "[\"1,2\"]",
                                             R"(["a","b"])",
                                             R"(["a\"\"b"])",
                                             R"({"a":1})",
                                             R"({"a":"1"})",
                                             R"(["a",1])",
                                             R"({"a":{},"b":1})",
                                             R"({"a":{"b":1}})",
                                             R"(["\\"])",
                                             R"(["\""])",
                                             "[null]",
                                             "[true]",
                                             "-1",
                                             "10",
                                             "1e99999999999999999999",
                                             "1e99999999999999999998"};
  for (const std::string_view a : kDifferent) {
    for (const std::string_view b : kDifferent) EXPECT_EQ(canonical(a) == canonical(b), a == b) << a << " " << b;
  }
}

TEST(TextSet, KnowsWhatItHasSeen) {
  TextSet set;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(set.insert(std::to_string(i)), TextSet::Answer::kNew) << i;
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(set.insert(std::to_string(i)), TextSet::Answer::kSeen) << i;
    EXPECT_EQ(set.insert(""), TextSet::Answer::kNew);
    EXPECT_EQ(set.size(), 1001U);
    set.clear();
    EXPECT_EQ(set.size(), 0U);
  }
}

}  // namespace
}  // namespace pointsman::json::schema
