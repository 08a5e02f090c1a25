#include "wire/strict_schema.h"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::wire {
namespace {

TEST(StrictSchema, IsOneWhoseObjectsDemandAllTheyNameAndForbidTheRest) {
  for (const std::string_view schema : {
           R"({"type":"object","properties":{},"required":[],"additionalProperties":false})",
           R"({"type":"object","additionalProperties":false})",
           R"({"type":"object","properties":{"a":{"type":"string"},"b\u0031":{"type":["integer","null"]}},)"
           R"("required":["b1","a"],"additionalProperties":false,"description":"d"})",
           R"({"type":"object","properties":{"a":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]}},"required":["a"],)"
           R"("additionalProperties":false,"$defs":{"n":{"type":"array","items":{"type":"object","properties":)"
           R"({"enum":{"enum":[1]}},"required":["enum"],"additionalProperties":false}}}})",
       }) {
    EXPECT_TRUE(is_strict_schema(schema)) << schema;
  }
}

TEST(StrictSchema, IsNoneThatStrictModeWouldRefuse) {
  const std::string closed = R"(,"additionalProperties":false})";
  for (const std::string& schema : {
           std::string("["),
           std::string("true"),
           std::string(R"({"type":"object"})"),
           R"({"type":"array","items":{"type":"object")" + closed + "}",
           R"({"anyOf":[{"type":"object")" + closed + R"(],"type":"object")" + closed,
           R"({"type":"object","properties":{"a":{"type":"string"}})" + closed,
           R"({"type":"object","properties":{"a":{"type":"string"}},"required":["b"])" + closed,
           R"({"type":"object","properties":{"a":{"type":"object"}},"required":["a"])" + closed,
           R"({"type":"object","properties":{"a":{"type":["null","object"]}},"required":["a"])" + closed,
           R"({"type":"object","properties":{"a":{"properties":{}}},"required":["a"])" + closed,
           R"({"type":"object","properties":{"a":true},"required":["a"])" + closed,
           R"({"type":"object","properties":{"a":{"type":"string","maxLength":3}},"required":["a"])" + closed,
           R"({"type":"object","properties":{"a":{"items":{"type":"object"}}},"required":["a"])" + closed,
           R"({"type":"object","properties":{"a":{"anyOf":[{"type":"object"}]}},"required":["a"])" + closed,
           R"({"type":"object","$defs":{"a":{"type":"object"}})" + closed,
           R"({"type":"object","allOf":[])" + closed,
           R"({"type":"object","additionalProperties":true)" + closed,
           std::string(R"({"type":"object","additionalProperties":{}})"),
       }) {
    EXPECT_FALSE(is_strict_schema(schema)) << schema;
  }
}

TEST(StrictSchema, IsNoneThatIsTooLong) {
  const auto with = [](std::size_t bytes) {
    return R"({"type":"object","additionalProperties":false,"description":")" + std::string(bytes, 'x') + "\"}";
  };
  EXPECT_TRUE(is_strict_schema(with(200U << 10)));
  EXPECT_FALSE(is_strict_schema(with(256U << 10)));
}

TEST(StrictOf, SaysWhatTheClientSaidOrWhatItsProtocolPromises) {
  const auto of = [](llm::ResponseFormat format, std::size_t losses = 0) {
    LossSet set;
    const auto strict = strict_of(format, set);
    EXPECT_EQ(set.all().size(), losses);
    return strict;
  };
  const std::string closed = R"({"type":"object","additionalProperties":false})";
  EXPECT_EQ(of({.schema = closed}), std::nullopt);
  EXPECT_EQ(of({.schema = "{}", .strict = true}), true);
  EXPECT_EQ(of({.schema = closed, .strict = false}), false);
  EXPECT_EQ(of({.schema = closed, .guaranteed = true}), true);
  EXPECT_EQ(of({.schema = "{}", .guaranteed = true}, 1), std::nullopt);
}

}  // namespace
}  // namespace pointsman::wire
