#include "json/schema.h"

#include <gtest/gtest.h>

#include "json/incremental_scanner.h"
#include "json/prefix_validator.h"

namespace pointsman::json {
namespace {

// "pointer: message" of the error, or nothing if the schema compiles.
std::string problem(std::string_view schema) {
  const auto compiled = Schema::compile(schema);
  return compiled ? "" : compiled.error().place() + ": " + compiled.error().message();
}

std::string unenforced(std::string_view schema, bool assert_formats = false) {
  const auto compiled = Schema::compile(schema, {.assert_formats = assert_formats});
  if (!compiled) return compiled.error().message();
  std::string out;
  for (const Unenforced& entry : (*compiled)->unenforced()) {
    out += (out.empty() ? "" : "; ") + entry.pointer + " (" + entry.keyword + "): " + entry.why;
  }
  return out;
}

bool valid(std::string_view schema, std::string_view text, const SchemaOptions& options = {}) {
  const auto compiled = Schema::compile(schema, options);
  EXPECT_TRUE(compiled) << schema << ": " << (compiled ? "" : compiled.error().message());
  if (!compiled) return false;
  PrefixValidator validator(*compiled);
  IncrementalScanner<PrefixValidator> scanner(validator);
  EXPECT_TRUE(scanner.feed(text) && scanner.finish()) << text;
  return validator.prospect() == Prospect::kComplete;
}

TEST(Schema, NamesThePlaceOfWhatIsWrong) {
  EXPECT_EQ(problem("3"), ": a schema is an object, true or false");
  EXPECT_EQ(problem(R"({"properties":{"a":{"items":{"type":"text"}}}})"),
            "/properties/a/items/type: must be null, boolean, number, integer, string, array or object");
  EXPECT_EQ(problem(R"({"maxLength":-1})"), "/maxLength: must be a whole number that is not negative");
  EXPECT_EQ(problem(R"({"minItems":"2"})"), "/minItems: must be a number");
  EXPECT_EQ(problem(R"({"multipleOf":0})"), "/multipleOf: must be greater than 0");
  EXPECT_EQ(problem(R"({"anyOf":[]})"), "/anyOf: must be a list of at least one schema");
  EXPECT_EQ(problem(R"({"required":["a",1]})"), "/required: must be a list of names");
  EXPECT_EQ(problem(R"({"properties":[]})"), "/properties: must be an object");
  EXPECT_EQ(problem(R"({"$ref":"#/$defs/none"})"), "/$ref: there is no #/$defs/none");
  EXPECT_EQ(problem(R"({"items":{"$ref":"http://nowhere/x.json"}})"),
            "/items/$ref: there is no schema http://nowhere/x.json");
  EXPECT_EQ(problem(R"({"minimum":1e9999999999999999999})"), "/minimum: the exponent is out of range");
  EXPECT_EQ(problem(R"({"a":1,"a":2})"), "/a: this name is there twice");
  EXPECT_EQ(Schema::compile("{").error().code(), base::ErrorCode::kParse);
  EXPECT_EQ(Schema::compile("{   }", {.max_bytes = 4}).error().code(), base::ErrorCode::kTooLarge);
}

TEST(Schema, RefusesSchemasThatApplyThemselvesWithoutEnd) {
  EXPECT_EQ(problem(R"({"$ref":"#"})"), ": applies itself to the same value without end");
  EXPECT_EQ(problem(R"({"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"},true]},)"
                    R"("b":{"not":{"$ref":"#/$defs/a"}}}})")
                .substr(0, 10),
            "/$defs/a: ");
  EXPECT_EQ(problem(R"({"properties":{"a":{"$ref":"#"}},"items":{"$ref":"#"}})"), "") << "deeper is fine";
}

TEST(Schema, TellsWhatItDoesNotEnforce) {
  EXPECT_EQ(unenforced(R"({"type":"string","title":"a","description":"b","default":1,"examples":[1]})"), "");
  EXPECT_EQ(unenforced(R"({"nullable":true})"), "/nullable (nullable): not a keyword of JSON Schema");
  EXPECT_EQ(unenforced(R"({"format":"date"})"), "/format (format): an annotation");
  EXPECT_EQ(unenforced(R"({"format":"date"})", true), "");
  EXPECT_EQ(unenforced(R"({"format":"color"})", true), "/format (format): an annotation");
  EXPECT_EQ(unenforced(R"({"pattern":"a(?=b)c"
})"),
            "/pattern (pattern): lookaround");
  EXPECT_EQ(unenforced(R"({"$schema":"http://json-schema.org/draft-07/schema#","prefixItems":[true]})"),
            "/prefixItems (prefixItems): not a keyword of this draft");
  EXPECT_EQ(unenforced(R"({"additionalItems":false})"),
            "/additionalItems (additionalItems): not a keyword of this draft");
  EXPECT_EQ(unenforced(R"({"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/a","maxLength":1,)"
                       R"("definitions":{"a":true}})"),
            "/maxLength (maxLength): draft 7 ignores what stands beside $ref");
  EXPECT_EQ(unenforced(R"({"$schema":"urn:mine"})"), "/$schema ($schema): not a dialect we know");
  EXPECT_EQ(unenforced(R"({"multipleOf":1.2345678901234567890123})"), "/multipleOf (multipleOf): more than 18 digits");
}

TEST(Schema, IsAtLeastAsLenientWhereItDoesNotEnforce) {
  EXPECT_TRUE(valid(R"({"pattern":"a(?=b)c"})", "\"x\""));
  EXPECT_TRUE(valid(R"({"not":{"pattern":"a(?=b)c"
  }
  })",
                    "\"x\""))
      << "nobody knows that it matches";
  EXPECT_TRUE(valid(R"({"not":{"pattern":"a(?=b)c"
  }
  })",
                    "\"ab\""));
  EXPECT_FALSE(valid(R"({"not":{"pattern":"a(?=b)c"
  }
  })",
                     "1"));
  EXPECT_TRUE(valid(R"({"patternProperties":{"(?=a)c":false
  }
  , "additionalProperties" : false
  })",
                    R"({"b":1})"));
  EXPECT_TRUE(valid(R"({"oneOf":[{"pattern":"(?=a)c"
  },{"type":"string"}]
  })",
                    "\"x\""));
  EXPECT_FALSE(valid(R"({"oneOf":[{"type":"string"},{"maxLength":1},{"pattern":"(?=a)c"
  }]
  })",
                     "\"x\""));
}

TEST(Schema, FollowsReferencesToTheDocumentsItIsGiven) {
  const SchemaText others[] = {{"http://x/defs.json", R"({"$defs":{"n":{"type":"integer","$anchor":"num"}}})"},
                               {"http://x/list.json", R"({"items":{"$ref":"defs.json#num"}})"}};
  EXPECT_TRUE(valid(R"({"$ref":"http://x/list.json"})", "[1,2]", {.others = others}));
  EXPECT_FALSE(valid(R"({"$ref":"http://x/list.json"})", "[1,\"2\"]", {.others = others}));
  EXPECT_FALSE(valid(R"({"$id":"http://x/y/z","$ref":"../defs.json#/$defs/n"})", "null", {.others = others}));
}

TEST(Schema, TakesTheDialectFromTheSchema) {
  constexpr std::string_view k7 = R"({"$schema":"http://json-schema.org/draft-07/schema#",)";
  EXPECT_TRUE(valid(std::string(k7) + R"("items":[{"type":"null"}],"additionalItems":false})", "[null]"));
  EXPECT_FALSE(valid(std::string(k7) + R"("items":[{"type":"null"}],"additionalItems":false})", "[null,1]"));
  EXPECT_EQ(problem(R"({"items":[{"type":"null"}]})"), "/items: a schema is an object, true or false");
  EXPECT_TRUE(valid(std::string(k7) + R"("$ref":"#/definitions/a","type":"null","definitions":{"a":{}}})", "1"));
  EXPECT_FALSE(valid(R"({"$ref":"#/definitions/a","type":"null","definitions":{"a":{}}})", "1"));
  EXPECT_FALSE(valid(
      R"({"$schema":"https://json-schema.org/draft/2019-09/schema","items":[true],"additionalItems":false})", "[1,2]"));
}

TEST(Schema, AssertsFormatsWhenAsked) {
  struct Case {
    std::string_view format;
    std::vector<std::string_view> good, bad;
  };
  const Case cases[] = {
      {"date",
       {"2026-02-28", "2024-02-29", "2026-12-31"},
       {"2026-2-28", "2026-13-01", "2026-04-31", "2026-02-30", "x"}},
      {"time", {"23:59:60Z", "00:00:00.123+05:30"}, {"24:00:00Z", "12:00:00", "1:00:00Z"}},
      {"date-time", {"2026-11-21T20:00:00Z", "2026-11-21t20:00:00.5-01:00"}, {"2026-11-21 20:00:00Z", "2026-11-21"}},
      {"duration", {"P1Y2M3D", "PT1H", "P4W", "P1DT12H30M"}, {"P", "1D", "PT", "P1H", "P1W2D"}},
      {"email", {"a@b.c", "x.y+z@ex-ample.com", "\\\"a b\\\"@c"}, {"a", "a@", "@b", "a b@c", "a..b@c"}},
      {"hostname", {"a", "a-b.example.com", "xn--a"}, {"-a", "a-", "a..b", "a_b", ""}},
      {"ipv4", {"0.0.0.0", "255.255.255.255"}, {"256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4"}},
      {"ipv6",
       {"::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1::"},
       {"1:2", "g::", "12345::", ":::"}},
      {"uuid", {"123e4567-e89b-12d3-a456-426614174000"}, {"123e4567e89b12d3a456426614174000", "x"}}};
  for (const Case& one : cases) {
    const std::string schema = R"({"format":")" + std::string(one.format) + "\"}";
    for (const std::string_view text : one.good) {
      EXPECT_TRUE(valid(schema, "\"" + std::string(text) + "\"", {.assert_formats = true}))
          << one.format << " " << text;
    }
    for (const std::string_view text : one.bad) {
      EXPECT_FALSE(valid(schema, "\"" + std::string(text) + "\"", {.assert_formats = true}))
          << one.format << " " << text;
      EXPECT_TRUE(valid(schema, "\"" + std::string(text) + "\"")) << "an annotation";
    }
    EXPECT_TRUE(valid(schema, "1", {.assert_formats = true})) << "about strings alone";
  }
}

TEST(Schema, BoundsWhatItCompiles) {
  std::string chain = R"({"$ref":"#/$defs/0","$defs":{)";
  for (int i = 0; i < 5000; ++i) {
    chain += "\"" + std::to_string(i) + R"(":{"$ref":"#/$defs/)" + std::to_string(i + 1) + "\"},";
  }
  EXPECT_FALSE(valid(chain + R"("5000":{"type":"null"}}})", "1")) << "references in a long row are one";
  std::string deep = R"({"allOf":[{"$ref":"#/$defs/0"}],"maxLength":1,"$defs":{)";
  for (int i = 0; i < 100; ++i) {
    deep += "\"" + std::to_string(i) + R"(":{"minLength":0,"maxLength":9,"$ref":"#/$defs/)" + std::to_string(i + 1) +
            "\"},";
  }
  EXPECT_EQ(Schema::compile(deep + R"("100":{}}})").error().code(), base::ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace pointsman::json
