#include "tokens/tool_text.h"

#include "tokens/testing.h"

namespace pointsman::tokens {
namespace {

struct Written {
  std::string text;
  bool sure = false;
};

Written written(const std::string& tools, const std::string& member = "tools") {
  const testing::Read read(R"({"model":"m","messages":[{"role":"user","content":"x"}],")" + member + "\":" + tools +
                           "}");
  Written out;
  out.sure = ToolText().write(read->body, read->prompt, out.text);
  return out;
}

std::string in_namespace(const std::string& inner) {
  return "namespace functions {\n\n" + inner + "} // namespace functions";
}

std::string function(const std::string& inner) {
  return R"([{"type":"function","function":)" + inner + "}]";
}

TEST(ToolText, WritesATypeForEachFunction) {
  const Written got = written(R"([
    {"type":"function","function":{"name":"now"}},
    {"type":"function","function":{"name":"weather","description":"What it is like","parameters":{
      "properties":{"city":{"description":"Where","type":"string"},"days":{"type":"integer"},
                    "unit":{"type":"string","enum":["C","F"]},"exact":{"type":"boolean"},
                    "hours":{"type":"array","items":{"type":"number"}},"what":{},"none":{"type":"null"}},
      "type":"object","required":["city","unit"]}}}])");
  EXPECT_EQ(got.text, in_namespace("type now = () => any;\n\n"
                                   "// What it is like\n"
                                   "type weather = (_: {\n"
                                   "// Where\n"
                                   "city: string,\n"
                                   "days?: number,\n"
                                   "unit: \"C\" | \"F\",\n"
                                   "exact?: boolean,\n"
                                   "hours?: number[],\n"
                                   "what?: any,\n"
                                   "none?: null,\n"
                                   "}) => any;\n\n"));
  EXPECT_TRUE(got.sure);
}

TEST(ToolText, TakesDefinitionsOfAllProtocolsAlike) {
  const std::string text =
      written(function(R"({"name":"f","parameters":{"properties":{"a":{"type":"string"}}}})")).text;
  const std::string inner = R"({"name":"f","parameters":{"properties":{"a":{"type":"string"}}}})";
  EXPECT_EQ(written("[" + inner + "]", "functions").text, text);
  const testing::Read responses(R"({"model":"m","input":"x","tools":[{"type":"function",)" + inner.substr(1) + "]}",
                                llm::Protocol::kResponses);
  std::string got;
  EXPECT_TRUE(ToolText().write(responses->body, responses->prompt, got));
  EXPECT_EQ(got, text);
  const testing::Read messages(R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],)"
                               R"("tools":[{"name":"f","input_schema":{"properties":{"a":{"type":"string"}}}}]})",
                               llm::Protocol::kMessages);
  EXPECT_TRUE(ToolText().write(messages->body, messages->prompt, got));
  EXPECT_EQ(got, text);
}

TEST(ToolText, DecodesWhatIsEscaped) {
  const Written got = written(function(
      R"({"name":"\u0066","description":"a\nb","parameters":{"properties":{"\u00e4":{"type":"string","enum":["\u00fc\u000a"]},"b":)"
      R"({"type":"string"}},"required":["ä","\u0062"]}})"));
  EXPECT_EQ(got.text, in_namespace("// a\nb\ntype f = (_: {\nä: \"ü\\n\",\nb: string,\n}) => any;\n\n"));
}

TEST(ToolText, ObjectsInObjectsAreWrittenAndAreAGuess) {
  const Written got = written(function(
      R"({"name":"f","parameters":{"properties":{"o":{"type":"object","properties":{"a":{"type":"string",)"
      R"("description":"inner"},"p":{"type":"object","properties":{"b":{"type":"number"}}}},"required":["a"]},)"
      R"("a":{"type":"string"}},"required":["o"]}})"));
  EXPECT_EQ(got.text, in_namespace("type f = (_: {\n"
                                   "o: {\n"
                                   "  // inner\n"
                                   "  a: string,\n"
                                   "  p?: {\n"
                                   "    b?: number,\n"
                                   "  },\n"
                                   "},\n"
                                   "a?: string,\n"
                                   "}) => any;\n\n"));
  EXPECT_FALSE(got.sure);
}

TEST(ToolText, AnythingElseIsAGuess) {
  const auto sure = [](const std::string& schema) {
    return written(function(R"({"name":"f","parameters":{"properties":{"a":)" + schema + "}}}")).sure;
  };
  EXPECT_TRUE(sure(R"({"type":"string"})"));
  EXPECT_FALSE(sure(R"({"type":["string","null"]})"));
  EXPECT_FALSE(sure(R"({"type":"string","maxLength":3})"));
  EXPECT_FALSE(sure(R"({"anyOf":[{"type":"string"}]})"));
  EXPECT_FALSE(sure("true"));
  EXPECT_FALSE(written(function(R"({"name":"f","strict":true})")).sure);
  const Written own = written(R"([{"type":"web_search","max_uses":3}])");
  EXPECT_FALSE(own.sure);
  EXPECT_EQ(own.text, in_namespace(R"({"type":"web_search","max_uses":3})"
                                   "\n\n"));
}

// The text may not grow, nor the work, faster than the definition: schemas nested as deep as JSON may be.
TEST(ToolText, DeepSchemasCostWhatTheyAreLong) {
  for (const auto& [open, close] : {std::pair<std::string, std::string>{R"({"type":"object","properties":{"a":)", "}}"},
                                    {R"({"type":"array","items":)", "}"},
                                    {R"({"anyOf":[)", "]}"}}) {
    std::string schema = R"({"type":"string"})";
    for (int i = 0; i < 50; ++i) schema = open + schema + close;
    std::string many;
    for (int i = 0; i < 200; ++i) many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":" + schema;
    const std::string definition = function(R"({"name":"f","parameters":{"properties":{)" + many + "}}}");
    EXPECT_LE(written(definition).text.size(), 2 * definition.size()) << open;
  }
}

TEST(ToolText, ThousandsOfRequiredNamesAreFound) {
  std::string properties;
  std::string required;
  for (int i = 0; i < 5000; ++i) {
    const std::string name = "\"p" + std::to_string(i) + "\"";
    properties += (i == 0 ? "" : ",") + name + ":{}";
    if (i % 2 == 0) required += (i == 0 ? "" : ",") + name;
  }
  const std::string text = written(function(R"({"name":"f","parameters":{"properties":{)" + properties +
                                            R"(},"required":[)" + required + "]}}"))
                               .text;
  EXPECT_TRUE(text.contains("\np4998: any,\np4999?: any,\n"));
}

TEST(ToolText, FindsTheToolThatIsChosen) {
  ToolText tools;
  EXPECT_EQ(tools.chosen_name(R"({"type":"function","function":{"name":"f\u006f"}})"), "fo");
  EXPECT_EQ(tools.chosen_name(R"({"name":"f"})"), "f");
  EXPECT_EQ(tools.chosen_name(R"({"type":"tool","name":"g"})"), "g");
  EXPECT_EQ(tools.chosen_name(R"({"type":"auto"})"), "");
  EXPECT_EQ(tools.chosen_name("[1]"), "");
  EXPECT_EQ(tools.chosen_name("not JSON"), "");
}

}  // namespace
}  // namespace pointsman::tokens
