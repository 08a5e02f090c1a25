#include "json/growing_value.h"

#include <gtest/gtest.h>

#include <random>

#include "json/document.h"
#include "support/json_suite.h"
#include "support/partial_oracle.h"
#include "support/random_json.h"

namespace pointsman::json {
namespace {

using testing::PartialOracle;
using testing::Tree;

std::string snapshot_of(std::string_view text) {
  GrowingValue<> value;
  value.feed(text);
  return value.snapshot();
}

std::optional<Tree> tree_of(std::string_view json) {
  return PartialOracle::read(json);
}

// Builds the value from the changes alone.
struct Follower {
  std::optional<Tree> root;
  std::string log;

  void patch(const Patch& patch) {
    if (patch.op != PatchOp::kAppend || !log.ends_with("+" + last_path + "\n")) {
      last_path = patch.path.pointer();
      log += std::string(1, "{[\"+=."[static_cast<int>(patch.op)]) + last_path + "\n";
    }
    if (patch.op == PatchOp::kSet) log += std::string(patch.text) + "\n";
    if (patch.op == PatchOp::kAppend) {
      at(patch.path).text += patch.text;
    } else if (patch.op != PatchOp::kClose) {
      static constexpr Tree::Kind kKinds[] = {Tree::Kind::kObject, Tree::Kind::kArray, Tree::Kind::kString,
                                              Tree::Kind::kScalar, Tree::Kind::kScalar};
      at(patch.path) = Tree{.kind = kKinds[static_cast<int>(patch.op)], .text = std::string(patch.text)};
    }
  }
  Tree& at(const GrowingPath& path) {
    if (!root) root = Tree{};
    Tree* tree = &*root;
    for (std::size_t level = 0; level < path.depth(); ++level) {
      tree = path.is_member(level) ? &member(*tree, path.name(level)) : &element(*tree, path.index(level));
    }
    return *tree;
  }
  static Tree& element(Tree& array, std::size_t index) {
    if (index == array.elements.size()) array.elements.push_back(Tree{});
    return array.elements.at(index);
  }
  static Tree& member(Tree& object, std::string_view name) {
    for (auto& [other, value] : object.members) {
      if (other == name) return value;
    }
    return object.members.emplace_back(name, Tree{}).second;
  }
  std::string last_path;
};

// Feeds `text` byte by byte; at every byte the snapshot and the changes told so far are what the beginning tells.
void expect_growth(std::string_view text, bool names_repeat) {
  Follower follower;
  GrowingValue<Follower> value(follower);
  std::optional<Tree> before;
  for (std::size_t i = 0; i < text.size(); ++i) {
    ASSERT_TRUE(value.feed(text.substr(i, 1))) << "at " << i << " of " << text;
    const std::string snapshot = value.snapshot();
    const std::optional<Tree> expected = PartialOracle::read(text.substr(0, i + 1));
    ASSERT_EQ(snapshot.empty(), !expected.has_value()) << "at " << i << " of " << text;
    if (!expected) continue;
    ASSERT_FALSE(find_fault(snapshot)) << snapshot;
    std::optional<Tree> now = tree_of(snapshot + " ");
    ASSERT_EQ(now->show(), expected->show()) << "at " << i << " of " << text;
    ASSERT_EQ(now, expected);
    ASSERT_EQ(follower.root, expected) << follower.root->show() << " at " << i << " of " << text;
    ASSERT_TRUE(!before || names_repeat || testing::may_follow(*before, *now)) << "at " << i << " of " << text;
    before = std::move(now);
  }
  EXPECT_TRUE(value.finish()) << text;
  EXPECT_EQ(tree_of(value.snapshot() + " ")->show(), PartialOracle::read(std::string(text) + " ")->show());
}

std::string log_of(const std::vector<std::string_view>& pieces, GrowthLimits limits = {}) {
  Follower follower;
  GrowingValue<Follower> value(follower, limits);
  for (const std::string_view piece : pieces) value.feed(std::string(piece));
  const bool complete = value.finish();
  std::string out = follower.log + value.snapshot() + (complete ? " complete" : " open");
  if (follower.root) out += follower.root->show();
  if (value.fault()) out += " " + std::to_string(value.fault()->offset) + ": " + std::string(value.fault()->what);
  return out;
}

TEST(GrowingValue, ShowsWhatCannotChangeAnyMore) {
  const struct {
    std::string_view text;
    std::string_view shown;
  } cases[] = {
      {"", ""},
      {" ", ""},
      {"1", ""},
      {"1 ", "1"},
      {"-", ""},
      {"tru", ""},
      {"true", "true"},
      {"\"", "\"\""},
      {"{\"a", "{}"},
      {"{\"a\":", "{}"},
      {"{\"a\":\"", R"({"a":""})"},
      {"{\"a\":1", "{}"},
      {"{\"a\":12,", R"({"a":12})"},
      {"{\"a\":12.", "{}"},
      {"{\"a\":1.50 ", R"({"a":1.50})"},
      {"{\"a\":t", "{}"},
      {"{\"a\":[", R"({"a":[]})"},
      {"[1,[2,{\"x\":\"y", R"([1,[2,{"x":"y"}]])"},
      {"[\"a\\", R"(["a"])"},
      {"[\"a\\u00e", R"(["a"])"},
      {"[\"a\\ud83d\\ude0", R"(["a"])"},
      {"[\"a\\b\\f\\u0001\\u001F\\\"", R"(["a\b\f\u0001\u001f\""])"},
      {"[12345678901234567890,1E400]", "[12345678901234567890,1E400]"},
  };
  for (const auto& [text, shown] : cases) EXPECT_EQ(snapshot_of(text), shown) << text;
}

TEST(GrowingValue, TellsChangesWithTheirPaths) {
  EXPECT_EQ(
      log_of({R"({"a/b":[1,"x~y",{"":true}],"c":null})"}),
      "{\n[/a~1b\n=/a~1b/0\n1\n\"/a~1b/1\n+/a~1b/1\n./a~1b/1\n{/a~1b/2\n=/a~1b/2/\ntrue\n./a~1b/2\n./a~1b\n=/c\nnull\n"
      ".\n{\"a/b\":[1,\"x~y\",{\"\":true}],\"c\":null} complete{\"a/b\":[1,\"x~y\",{\"\":true}],\"c\":null}");
}

TEST(GrowingValue, LetsTheLastOfRepeatedNamesWinInTheFirstOnesPlace) {
  EXPECT_EQ(snapshot_of(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
  EXPECT_EQ(snapshot_of(R"({"a":1,"b":2,"a":"x)"), R"({"a":"x","b":2})");
  EXPECT_EQ(snapshot_of(R"({"a":1,"b":2,"a":3)"), R"({"a":1,"b":2})");
  EXPECT_EQ(snapshot_of(R"({"\u0061":1,"a":[]})"), R"({"a":[]})");
  EXPECT_EQ(snapshot_of(R"([{"a":{"b":1,"b":2},"a":{"c":"}","c":"{","d":[{"e":0,"e":1}]}}, {"a":1}])"),
            R"([{"a":{"c":"{","d":[{"e":1}]}},{"a":1}])");
}

TEST(GrowingValue, KeepsEveryPromiseAtEveryBeginningOfJsonTestSuite) {
  const auto cases = testing::json_suite("y_");
  if (cases.empty()) GTEST_SKIP() << "no JSONTestSuite at " << testing::json_suite_directory();
  EXPECT_EQ(cases.size(), 95U);
  int repeating = 0;
  for (const auto& [name, text] : cases) {
    SCOPED_TRACE(name);
    const bool names_repeat = name.starts_with("y_object_duplicated_key");
    repeating += names_repeat ? 1 : 0;
    expect_growth(text, names_repeat);
  }
  EXPECT_EQ(repeating, 2);
}

TEST(GrowingValue, KeepsEveryPromiseAtEveryBeginningOfRandomDocuments) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    testing::RandomJson random(seed);
    random.repeat_names = seed % 3 == 0;
    expect_growth(random.document(20), random.repeat_names);
    if (HasFatalFailure()) return;
  }
}

TEST(GrowingValue, TellsTheSameHoweverTheTextIsCut) {
  std::mt19937 random(3);
  for (unsigned seed = 0; seed < 40; ++seed) {
    testing::RandomJson source(seed);
    std::string text = source.document(12);
    if (seed % 2 == 1) text = testing::mutated(text, random);
    const GrowthLimits limits = seed % 4 < 2 ? GrowthLimits{} : GrowthLimits{.bytes = random() % 60U, .nodes = 9};
    const std::string whole = log_of({text}, limits);
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      ASSERT_EQ(log_of({std::string_view(text).substr(0, cut), std::string_view(text).substr(cut)}, limits), whole)
          << "cut at " << cut << " of " << text;
    }
    for (const std::size_t longest : {1U, 4U}) {
      ASSERT_EQ(log_of(testing::random_pieces(text, longest, random), limits), whole) << text;
    }
  }
}

TEST(GrowingValue, StopsAtItsLimitsAndKeepsWhatItHas) {
  GrowingValue<> small({.bytes = 8, .nodes = 100});
  EXPECT_FALSE(small.feed(R"(  ["abcdefgh"])"));
  EXPECT_EQ(small.snapshot(), R"(["abcdef"])");
  EXPECT_EQ(small.fault(), (ScanFault{3, "the value is too large"}));
  EXPECT_FALSE(small.feed("x"));
  EXPECT_FALSE(small.finish());

  GrowingValue<> few({.bytes = 1000, .nodes = 3});
  EXPECT_FALSE(few.feed("[1,[],2,3]"));
  EXPECT_EQ(few.snapshot(), "[1,[]]");
  EXPECT_EQ(few.fault(), (ScanFault{6, "the value has too many parts"}));

  few.reset();
  EXPECT_TRUE(few.feed("[1,2]"));
  EXPECT_TRUE(few.complete());
}

TEST(GrowingValue, SaysWhereATextStopsBeingJson) {
  GrowingValue<> value;
  EXPECT_TRUE(value.feed(R"({"a":"b)"));
  EXPECT_FALSE(value.feed("\n"));
  EXPECT_EQ(value.fault(), (ScanFault{7, "a control character in a string must be escaped"}));
  EXPECT_EQ(value.snapshot(), R"({"a":"b"})");
}

}  // namespace
}  // namespace pointsman::json
