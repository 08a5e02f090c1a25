#include "learn/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pointsman::learn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(Dataset, ReadsEveryMember) {
  const auto data = read_jsonl(
      "\xEF\xBB\xBF{\"text\":\"a\\u00e9\",\"category\":\"x\",\"context\":\"c\",\"tools\":2,"
      "\"weight\":0.5,\"domain\":\"bank\",\"extra\":{\"a\":[1,{}]}}\r\n\n"
      "{\"category\":\"y\",\"text\":\"b\"}",
      "f");
  ASSERT_TRUE(data.has_value()) << data.error().message();
  ASSERT_EQ(data->examples.size(), 2U);
  const Example& first = data->examples[0];
  EXPECT_EQ(first.text, "a\xC3\xA9");
  EXPECT_EQ(first.category, "x");
  EXPECT_EQ(first.context, "c");
  EXPECT_EQ(first.tools, 2);
  EXPECT_EQ(first.weight, 0.5F);
  EXPECT_EQ(first.group, "bank");
  EXPECT_EQ(data->examples[1].line, 3U);
}

TEST(Dataset, CollectsEveryErrorWithItsPlace) {
  const auto data = read_jsonl(R"({"text":"ok","category":"x"}
{"text":1,"category":"x"}
{"text":"a"}
not json
{"text":"a","category":"x","weight":-1}
{"text":"a","category":"x","tools":"many"}
{"text":"a","category":"x"} trailing {}
[1]
{"text":"a","category":"x")",
                               "set.jsonl");
  ASSERT_FALSE(data.has_value());
  EXPECT_EQ(data.error().code(), base::ErrorCode::kParse);
  EXPECT_EQ(data.error().place(), "set.jsonl:2:2");
  const std::string& message = data.error().message();
  EXPECT_THAT(message, HasSubstr("set.jsonl:2:2: \"text\" must be a valid string"));
  EXPECT_THAT(message, HasSubstr("set.jsonl:3:1: \"category\" is missing"));
  EXPECT_THAT(message, HasSubstr("set.jsonl:4:1: "));
  EXPECT_THAT(message, HasSubstr("set.jsonl:5:28: \"weight\""));
  EXPECT_THAT(message, HasSubstr("set.jsonl:6:28: \"tools\""));
  EXPECT_THAT(message, HasSubstr("set.jsonl:7:29: more after the object"));
  EXPECT_THAT(message, HasSubstr("set.jsonl:8:1: "));
  EXPECT_THAT(message, HasSubstr("set.jsonl:9:"));
  EXPECT_THAT(message, Not(HasSubstr("set.jsonl:1:")));
}

TEST(Dataset, RefusesBrokenUtf8AndTooMuch) {
  EXPECT_FALSE(read_jsonl("{\"text\":\"\xFF\",\"category\":\"x\"}", "f").has_value());
  const std::string line = "{\"text\":\"a\",\"category\":\"x\"}\n";
  EXPECT_EQ(read_jsonl(line + line, "f", {.examples = 1}).error().code(), base::ErrorCode::kTooLarge);
  EXPECT_EQ(read_jsonl(line, "f", {.bytes = 5}).error().code(), base::ErrorCode::kTooLarge);
  EXPECT_FALSE(read_jsonl(line, "f", {.line_bytes = 5}).has_value());
  const auto many = read_jsonl("x\nx\nx\nx\n", "f", {.errors = 2});
  EXPECT_THAT(many.error().message(), HasSubstr("and 2 more"));
  EXPECT_TRUE(read_jsonl("", "f")->examples.empty());
}

TEST(Dataset, FindsDuplicatesAndConflicts) {
  Dataset data;
  for (const auto& [text, category] : {std::pair{"a", "x"}, {"b", "x"}, {"a", "x"}, {"a", "y"}, {"a", "x"}}) {
    data.examples.push_back({.text = text, .category = category});
  }
  const Repeats repeats = find_repeats(data);
  EXPECT_THAT(repeats.duplicates, ElementsAre(Pair(0U, 2U), Pair(0U, 4U)));
  EXPECT_THAT(repeats.conflicts, ElementsAre(Pair(0U, 3U)));
}

TEST(Dataset, HashesTheContentAndNotItsOrder) {
  Dataset data{{{.text = "a", .category = "x"}, {.text = "b", .category = "y"}, {.text = "a", .category = "x"}}};
  const std::string hash = content_hash(data);
  std::reverse(data.examples.begin(), data.examples.end());
  EXPECT_EQ(content_hash(data), hash);
  EXPECT_EQ(canonical(data).examples.size(), 2U);
  EXPECT_EQ(canonical(data).examples[0].weight, 2);
  data.examples[0].text += "!";
  EXPECT_NE(content_hash(data), hash);
}

}  // namespace
}  // namespace pointsman::learn
