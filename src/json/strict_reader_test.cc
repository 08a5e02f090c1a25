#include "json/strict_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace pointsman::json {
namespace {

struct Thing {
  std::string name;
  std::size_t size = 7;
  double share = 0;
  bool good = false;
  std::vector<std::string> parts;
};

base::Result<Thing> read(std::string_view text) {
  Thing out;
  StrictReader in(text, 1024);
  PM_CHECK(in.open());
  in.object("a thing: an object",
            {{"name", [&] { out.name = in.text(8); }},
             {"size", [&] { out.size = in.count(10); }, StrictReader::kOptional},
             {"share", [&] { out.share = in.number(0, 1); }, StrictReader::kOptional},
             {"good", [&] { out.good = in.flag(); }, StrictReader::kOptional},
             {"parts", [&] { in.list("a list of parts", 2, [&] { out.parts.push_back(in.text(8)); }); },
              StrictReader::kOptional}});
  PM_CHECK(in.result());
  return out;
}

std::string problem(std::string_view text) {
  const auto thing = read(text);
  return thing ? "" : thing.error().message();
}

TEST(StrictReader, ReadsWhatFitsTheForm) {
  const auto thing = read(R"({"parts": ["a", "b"], "name": "n\u0061me", "size": 3, "share": 2.5e-1, "good": true})");
  ASSERT_TRUE(thing) << thing.error().message();
  EXPECT_EQ(thing->name, "name");
  EXPECT_EQ(thing->size, 3U);
  EXPECT_EQ(thing->share, 0.25);
  EXPECT_TRUE(thing->good);
  EXPECT_EQ(thing->parts, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read(R"({"name": ""})")->size, 7U) << "what may be missing keeps its default";
}

TEST(StrictReader, NamesThePlaceOfWhatDoesNotFit) {
  EXPECT_EQ(problem("[]"), "1:1: expected a thing: an object");
  EXPECT_EQ(problem("{\"size\": 3}"), "1:1: \"name\" is missing");
  EXPECT_EQ(problem("{\"name\": 3}"), "1:10: expected a string");
  EXPECT_EQ(problem("{\"name\": \"123456789\"}"), "1:10: has more than 8 bytes");
  EXPECT_EQ(problem("{\"name\": \"a\",\n \"size\": 11}"), "2:10: expected a whole number from 0 to 10");
  EXPECT_EQ(problem("{\"name\": \"a\",\n \"size\": -1}"), "2:10: expected a whole number from 0 to 10");
  EXPECT_EQ(problem("{\"name\": \"a\", \"share\": 1.5}"), "1:24: expected a number from 0 to 1");
  EXPECT_EQ(problem("{\"name\": \"a\", \"share\": \"0.5\"}"), "1:24: expected a number from 0 to 1");
  EXPECT_EQ(problem("{\"name\": \"a\", \"good\": 1}"), "1:23: expected true or false");
  EXPECT_EQ(problem("{\"name\": \"a\", \"parts\": 1}"), "1:24: expected a list of parts");
  EXPECT_EQ(problem("{\"name\": \"a\", \"parts\": [\"\", \"\", \"\"]}"), "1:33: there are more than 2");
  EXPECT_EQ(problem("{\"name\": \"a\", \"name\": \"b\"}"), "1:23: \"name\" is there twice");
  EXPECT_EQ(problem("{\"name\": \"a\", \"colour\": 1}"), "1:25: the member before this is not known");
}

TEST(StrictReader, RefusesWhatIsNoJson) {
  EXPECT_EQ(read("{\"name\": ").error().code(), base::ErrorCode::kParse);
  EXPECT_EQ(read("{\"name\": \"a\"} x").error().code(), base::ErrorCode::kParse);
  EXPECT_EQ(read(std::string(2000, ' ')).error().code(), base::ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace pointsman::json
