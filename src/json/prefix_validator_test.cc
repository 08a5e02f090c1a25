#include "json/prefix_validator.h"

#include <gtest/gtest.h>

#include "json/incremental_scanner.h"

namespace pointsman::json {
namespace {

std::shared_ptr<const Schema> compiled(std::string_view text) {
  auto schema = Schema::compile(text);
  EXPECT_TRUE(schema) << text << ": " << (schema ? "" : schema.error().place() + " " + schema.error().message());
  return schema ? *schema : nullptr;
}

// Feeds byte by byte. "valid"; or what was read when the validator gave up, with why: `{"a":1| type /a
// /properties/a/type`.
std::string outcome(std::string_view schema_text, std::string_view text) {
  const auto schema = compiled(schema_text);
  if (!schema) return "no schema";
  PrefixValidator validator(schema);
  IncrementalScanner<PrefixValidator> scanner(validator);
  std::size_t fed = 0;
  while (fed < text.size() && validator.prospect() == Prospect::kOpen) scanner.feed(text.substr(fed++, 1));
  if (validator.prospect() == Prospect::kOpen) scanner.finish();
  switch (validator.prospect()) {
    case Prospect::kOpen:
      return "open";
    case Prospect::kComplete:
      return "valid";
    case Prospect::kUndecided:
      return "undecided";
    case Prospect::kImpossible:
      break;
  }
  const auto failure = validator.failure();
  return std::string(text.substr(0, fed)) + "| " + failure.keyword + " " + failure.instance + " " + failure.schema;
}

struct Case {
  std::string_view schema, text, outcome;
};

void check(std::initializer_list<Case> cases) {
  for (const Case& one : cases) EXPECT_EQ(outcome(one.schema, one.text), one.outcome) << one.schema << "\n" << one.text;
}

TEST(PrefixValidator, KnowsTypesAtTheFirstByte) {
  check({{R"({"type":"object"})", "[1]", "[| type  /type"},
         {R"({"type":["array","null"]})", R"("x")", "\"| type  /type"},
         {R"({"type":"boolean"})", "null", "n| type  /type"},
         {R"({"type":"integer"})", "1.50", "1.50| type  /type"},
         {R"({"type":"integer"})", "1.0", "valid"},
         {R"({"type":["number","integer"]})", "1.5", "valid"},
         {R"({"properties":{"a":{"items":{"type":"string"}}}})", R"({"a":["x",12]})",
          R"({"a":["x",1| type /a/1 /properties/a/items/type)"},
         {"false", "{}", "{| false  "},
         {"true", R"({"a":[1]})", "valid"}});
}

TEST(PrefixValidator, KnowsNamesAtTheName) {
  constexpr std::string_view kStrict =
      R"({"properties":{"a":true},"patternProperties":{"^x":true},"additionalProperties":false})";
  check(
      {{kStrict, R"({"a":1,"xy":2,"b":3})", R"({"a":1,"xy":2,"b":3| additionalProperties /b /additionalProperties)"},
       {kStrict, R"({"a":1,"xy":2})", "valid"},
       {R"({"propertyNames":{"maxLength":2}})", R"({"ab":1,"abc":2})",
        R"({"ab":1,"abc":2| maxLength /abc /propertyNames/maxLength)"},
       {R"({"propertyNames":{"enum":["a","b"]}})", R"({"a":1,"c":2})", R"({"a":1,"c":2| enum /c /propertyNames/enum)"},
       {R"({"maxProperties":1})", R"({"a":1,"b":2})", R"({"a":1,"b":2| maxProperties  /maxProperties)"},
       {R"({"maxProperties":1})", R"({"a":1,"a":2})", "valid"},
       {R"({"properties":{"a/b":false}})", R"({"a/b":1})", R"({"a/b":1| properties /a~1b /properties)"},
       {R"({"additionalProperties":{"type":"null"}})", R"({"a":null,"b":"x"})",
        R"({"a":null,"b":"| type /b /additionalProperties/type)"}});
}

TEST(PrefixValidator, KnowsAllowedStringsByTheirBeginning) {
  constexpr std::string_view kColours = R"({"enum":["red","green","grey","",1.0,null,[1,{"a":"b"}]]})";
  check({{kColours, R"("green")", "valid"},
         {kColours, R"("")", "valid"},
         {kColours, R"("gre")", R"("gre"| enum  /enum)"},
         {kColours, R"("grape")", R"("gra| enum  /enum)"},
         {kColours, R"("reddish")", R"("redd| enum  /enum)"},
         {kColours, R"("\u0067rey")", "valid"},
         {kColours, "10e-1", "valid"},
         {kColours, "2", "2| enum  /enum"},
         {kColours, "true", "t| enum  /enum"},
         {kColours, R"([1.0,{"a":"\u0062"}])", "valid"},
         {kColours, R"([1,{"a":"c"}])", R"([1,{"a":"c"}]| enum  /enum)"},
         {R"({"const":{"a":1,"b":[2]}})", R"({"b":[2.0],"a":1})", "valid"},
         {R"({"const":"ab","enum":["ab","cd"]})", R"("cd")", R"("c| enum  /enum)"}});
}

TEST(PrefixValidator, CountsCharactersItemsAndMembers) {
  check({{R"({"maxLength":2})", R"("aé\ud83d\ude00x")", R"("aé\ud83d\ude00| maxLength  /maxLength)"},
         {R"({"maxLength":2})", R"("a😀")", "valid"},
         {R"({"minLength":3})", R"("a😀")", R"("a😀"| minLength  /minLength)"},
         {R"({"maxItems":2})", "[1,[2],3]", "[1,[2],3| maxItems  /maxItems"},
         {R"({"minItems":2})", "[1]", "[1]| minItems  /minItems"},
         {R"({"minProperties":2})", R"({"a":1,"a":2})", R"({"a":1,"a":2}| minProperties  /minProperties)"},
         {R"({"uniqueItems":true})", R"([1,{"a":1,"b":2},{"b":2.0,"a":1},3])",
          R"([1,{"a":1,"b":2},{"b":2.0,"a":1}| uniqueItems  /uniqueItems)"},
         {R"({"uniqueItems":true})", R"([1,"1",true,[1],[[1]],{"a":1}])", "valid"},
         {R"({"items":{"uniqueItems":true},"uniqueItems":true})", "[[1,2],[2,1],[1,2]]",
          "[[1,2],[2,1],[1,2]| uniqueItems  /uniqueItems"}});
}

TEST(PrefixValidator, JudgesNumbersAndPatternsAtTheirEnd) {
  check({{R"({"maximum":1e400})", "1.1e400 ", "1.1e400 | maximum  /maximum"},
         {R"({"items":{"exclusiveMinimum":0}})", "[1,0]", "[1,0]| exclusiveMinimum /1 /items/exclusiveMinimum"},
         {R"({"items":{"multipleOf":0.1}})", "[0.3,1.1,0.35]", "[0.3,1.1,0.35]| multipleOf /2 /items/multipleOf"},
         {R"({"minimum":2,"exclusiveMaximum":3})", "2.9999999999999999999999999", "valid"},
         {R"({"pattern":"^[A-Z]{2}-\\d+$"})", R"("AB-12")", "valid"},
         {R"({"pattern":"^[A-Z]{2}-\\d+$"})", R"("AB12")", R"("AB1| pattern  /pattern)"},
         {R"({"pattern":"^[A-Z]{2}-\\d+$"})", R"("AB-")", R"("AB-"| pattern  /pattern)"},
         {R"({"pattern":"\\bcat\\b"})", R"("a cat")", "valid"},
         {R"({"pattern":"\\bcat\\b"})", R"("concat")", R"("concat"| pattern  /pattern)"}});
}

TEST(PrefixValidator, AsksForWhatIsRequiredAtTheEnd) {
  check(
      {{R"({"required":["a","b"]})", R"({"a":1})", R"({"a":1}| required  /required)"},
       {R"({"properties":{"o":{"required":["a"]}}})", R"({"o":{"b":1},"c":2})",
        R"({"o":{"b":1}| required /o /properties/o/required)"},
       {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})", R"({"a":1}| dependentRequired  /dependentRequired)"},
       {R"({"dependentRequired":{"a":["b"]}})", R"({"b":1})", "valid"},
       {R"({"dependentSchemas":{"a":{"maxProperties":1}}})", R"({"b":1,"c":2})", "valid"},
       {R"({"dependentSchemas":{"a":{"maxProperties":1}}})", R"({"b":1,"c":2,"a":3})",
        R"({"b":1,"c":2,"a":3| dependentSchemas  /dependentSchemas)"},
       {R"({"contains":{"type":"null"},"maxContains":1})", "[null,1,null]", "[null,1,null| maxContains  /maxContains"},
       {R"({"contains":{"type":"null"}})", "[1]", "[1]| contains  /contains"},
       {R"({"prefixItems":[{"type":"null"}],"items":false})", "[null,1]", "[null,1| items /1 /items"}});
}

TEST(PrefixValidator, GivesUpWhenNoBranchIsLeft) {
  constexpr std::string_view kShapes = R"({"anyOf":[
    {"properties":{"kind":{"const":"circle"},"radius":{"type":"number"}},"required":["kind","radius"]},
    {"properties":{"kind":{"const":"square"},"side":{"type":"number"}},"required":["kind","side"]}]})";
  check({{kShapes, R"({"kind":"circle","radius":1})", "valid"},
         {kShapes, R"({"kind":"triangle"})", R"({"kind":"t| anyOf  /anyOf)"},
         {kShapes, R"({"kind":"square","side":"1"})", R"({"kind":"square","side":"| anyOf  /anyOf)"},
         {kShapes, R"({"kind":"square","radius":"1","side":1})", "valid"},
         {R"({"oneOf":[{"type":"integer"},{"minimum":2}]})", "[3]", "valid"},
         {R"({"items":{"oneOf":[{"type":"integer"},{"minimum":2}]}})", "[1,2.5,3]", "[1,2.5,3]| oneOf /2 /items/oneOf"},
         {R"({"oneOf":[{"type":"string"},{"type":"null"}]})", "1", "1| oneOf  /oneOf"},
         {R"({"not":{"required":["a"]}})", R"({"b":1,"a":1})", R"({"b":1,"a":1}| not  /not)"},
         {R"({"allOf":[{"type":"object"},{"properties":{"a":{"type":"null"}}}]})", R"({"a":1})",
          R"({"a":1| type /a /allOf/1/properties/a/type)"}});
}

TEST(PrefixValidator, FollowsConditions) {
  constexpr std::string_view kIf = R"({"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]},)"
                                   R"("else":{"properties":{"c":{"type":"null"}}}})";
  check({{kIf, R"({"a":1,"b":2})", "valid"},
         {kIf, R"({"a":1})", R"({"a":1}| then  /then)"},
         {kIf, R"({"a":2,"c":3})", R"({"a":2,"c":3| else  /else)"},
         {kIf, R"({"c":3,"a":2})", R"({"c":3,"a":2}| else  /else)"},
         {kIf, R"({"c":3,"a":1,"b":1})", "valid"}});
}

TEST(PrefixValidator, KnowsWhatNobodyEvaluated) {
  constexpr std::string_view kOpenBase = R"({"allOf":[{"properties":{"a":true}}],"properties":{"b":true},)"
                                         R"("unevaluatedProperties":false})";
  constexpr std::string_view kBranches = R"({"anyOf":[{"properties":{"a":true},"required":["a"]},)"
                                         R"({"properties":{"b":{"type":"null"}}}],"unevaluatedProperties":false})";
  check({{kOpenBase, R"({"a":1,"b":2})", "valid"},
         {kOpenBase, R"({"a":1,"c":2})", R"({"a":1,"c":2| unevaluatedProperties /c /unevaluatedProperties)"},
         {kBranches, R"({"b":null})", "valid"},
         {kBranches, R"({"b":1,"a":1})", R"({"b":1,"a":1}| unevaluatedProperties  /unevaluatedProperties)"},
         {R"({"prefixItems":[true],"contains":{"type":"null"},"unevaluatedItems":{"type":"string"}})",
          R"([1,null,"x"])", "valid"},
         {R"({"prefixItems":[true],"contains":{"type":"null"},"unevaluatedItems":{"type":"string"}})", R"([1,2,null])",
          R"([1,2,null]| unevaluatedItems  /unevaluatedItems)"}});
}

TEST(PrefixValidator, FollowsRecursion) {
  constexpr std::string_view kTree =
      R"({"$ref":"#/$defs/t","$defs":{"t":{"type":"object","additionalProperties":false,)"
      R"("properties":{"v":{"type":"integer"},"c":{"items":{"$ref":"#/$defs/t"}}}}}})";
  check({{kTree, R"({"v":1,"c":[{"v":2,"c":[]},{"c":[{"v":3}]}]})", "valid"},
         {kTree, R"({"c":[{"v":2},{"c":[{"w":3}]}]})",
          R"({"c":[{"v":2},{"c":[{"w":3| additionalProperties /c/1/c/0/w /$defs/t/additionalProperties)"}});
}

TEST(PrefixValidator, StartsAgainAfterReset) {
  PrefixValidator validator(compiled(R"({"items":{"enum":["ab",[1]]},"uniqueItems":true})"));
  IncrementalScanner<PrefixValidator> scanner(validator);
  for (int round = 0; round < 3; ++round) {
    for (const auto& [text, end] : {std::pair{"[[1],\"a", Prospect::kOpen},
                                    {"[\"ab\",[1]]", Prospect::kComplete},
                                    {"[[1],[1.0]", Prospect::kImpossible}}) {
      validator.reset();
      scanner.reset();
      EXPECT_TRUE(scanner.feed(text));
      EXPECT_EQ(validator.prospect(), end) << text;
    }
  }
}

TEST(PrefixValidator, SaysNothingBeyondItsLimits) {
  const auto many = compiled(R"({"allOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}],"type":"string","$defs":{)"
                             R"("a":{"allOf":[{"$ref":"#/$defs/b"},{"$ref":"#/$defs/b"}]},)"
                             R"("b":{"allOf":[{"minLength":1},{"minLength":2}]}}})");
  const auto prospect = [](const auto& schema, PrefixValidator::Limits limits, std::string_view text) {
    PrefixValidator validator(schema, limits);
    IncrementalScanner<PrefixValidator> scanner(validator);
    scanner.feed(text);
    scanner.finish();
    return validator.prospect();
  };
  EXPECT_EQ(prospect(many, {}, "\"ab\""), Prospect::kComplete);
  EXPECT_EQ(prospect(many, {.nodes = 10}, "\"ab\""), Prospect::kUndecided);
  EXPECT_EQ(prospect(many, {.nodes = 10}, "\"a\""), Prospect::kUndecided);
  const auto deep = compiled(R"({"items":{"$ref":"#"}})");
  EXPECT_EQ(prospect(deep, {.depth = 3}, "[[[]]]"), Prospect::kComplete);
  EXPECT_EQ(prospect(deep, {.depth = 3}, "[[[[]]]]"), Prospect::kUndecided);
  const auto unique = compiled(R"({"uniqueItems":true})");
  EXPECT_EQ(prospect(unique, {.kept = 8}, R"(["aaaaaaaaaaaa","b"])"), Prospect::kUndecided);
  const auto endless = compiled(R"({"$id":"x:y","$dynamicAnchor":"n","allOf":[{"$dynamicRef":"#n"}]})");
  EXPECT_EQ(prospect(endless, {}, "1 "), Prospect::kUndecided);
}

}  // namespace
}  // namespace pointsman::json
