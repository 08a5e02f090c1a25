#include "wire/anthropic_messages/request_writer.h"

#include <gtest/gtest.h>

#include <functional>

#include "wire/anthropic_messages/block_writer.h"
#include "wire/anthropic_messages/model_dialect.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::Conversation;
using llm::Message;
using llm::Part;
using llm::PartKind;
using llm::Role;

Part text(std::string_view words) {
  Part part;
  part.text = words;
  return part;
}

Part call(std::string_view id, std::string_view name, std::string_view arguments) {
  Part part;
  part.kind = PartKind::kToolCall;
  part.id = id;
  part.name = name;
  part.arguments = arguments;
  return part;
}

Part result(std::string_view id, std::string_view words) {
  Part part;
  part.kind = PartKind::kToolResult;
  part.id = id;
  part.content.push_back(text(words));
  return part;
}

Part media(PartKind kind, llm::Media what) {
  Part part;
  part.kind = kind;
  part.media = std::move(what);
  return part;
}

Message say(Role role, std::vector<Part> parts) {
  return {role, {}, std::move(parts)};
}

// The body's members behind "max_tokens", and the losses: "-" minor, "!" not.
std::string written(const Conversation& conversation, llm::UpstreamContext context = {.model = "glm"}) {
  std::string out;
  const auto losses = write_request(conversation, context, out);
  if (!losses) return losses.error().message();
  EXPECT_TRUE(json::Document().validate(out)) << out;
  for (const llm::Loss& loss : *losses) out += (loss.minor ? "\n-" : "\n!") + loss.what;
  const std::string begin = R"({"model":")" + std::string(context.model) + R"(","max_tokens":)";
  EXPECT_TRUE(out.starts_with(begin)) << out;
  return out.substr(begin.size());
}

TEST(MessagesRequestWriter, SortsMessagesAsTheApiWantsThem) {
  struct Case {
    std::vector<Message> messages;
    std::string_view out;
  };
  const Case cases[] = {
      {{say(Role::kUser, {text("hi")})}, R"(4096,"messages":[{"role":"user","content":"hi"}]})"},
      {{say(Role::kSystem, {text("a")}), say(Role::kDeveloper, {text("b")}), say(Role::kUser, {text("hi")})},
       R"(4096,"system":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"messages":[{"role":"user","content":"hi"}]})"},
      {{say(Role::kSystem, {text("a")}), say(Role::kUser, {text("hi")}), say(Role::kSystem, {text("b")})},
       R"(4096,"system":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"messages":[{"role":"user","content":"hi"}]})"
       "\n-messages[2]: moved to the system prompt in front"},
      {{say(Role::kSystem, {text("a")})},
       R"(4096,"messages":[{"role":"user","content":"a"}]})"
       "\n!messages: the system prompt alone is sent as the user's"},
      // The results of parallel calls are one turn, right behind the calls.
      {{say(Role::kUser, {text("go")}), say(Role::kAssistant, {call("c1", "f", "{\"a\": 1}"), call("c2", "g", "")}),
        say(Role::kTool, {result("c1", "1")}), say(Role::kUser, {text("more")}), say(Role::kTool, {result("c2", "2")})},
       R"(4096,"messages":[{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{"a": 1}},)"
       R"({"type":"tool_use","id":"c2","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"1"},)"
       R"({"type":"tool_result","tool_use_id":"c2","content":"2"},{"type":"text","text":"more"}]}]})"
       "\n-messages[4]: moved up to the call"},
      {{say(Role::kUser, {text("a"), text(""), text(" \n")}), say(Role::kUser, {text("b")}),
        say(Role::kAssistant, {text("")}), say(Role::kAssistant, {call("c", "f", "{cut")})},
       R"(4096,"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},)"
       R"({"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"invalid_arguments":"{cut"}}]}]})"
       "\n-messages[0].content[2]: blank text\n!messages[3].content[0]: the arguments are no JSON object"},
      {{}, "no message is left to send to the model"},
      {{say(Role::kUser, {media(PartKind::kAudio, {.data = "AA=="})})}, "no message is left to send to the model"},
  };
  for (const Case& c : cases) {
    Conversation conversation;
    conversation.messages = c.messages;
    EXPECT_EQ(written(conversation), c.out);
  }
}

TEST(MessagesRequestWriter, CarriesMediaAndSaysWhatItCannot) {
  Conversation conversation;
  Part foreign = media(PartKind::kFile, {.file_id = "file-openai"});
  Part thought = media(PartKind::kReasoning, {});
  thought.text = "unsigned";
  Part unproven = thought;
  unproven.id = "rs_1";
  conversation.messages = {
      say(Role::kUser, {media(PartKind::kImage, {.data = "AA==", .media_type = "image/jpeg", .detail = "high"}),
                        media(PartKind::kImage, {.url = "https://x/y.png", .detail = "auto"}),
                        media(PartKind::kFile, {.data = "Zm9v", .media_type = "text/csv", .name = "t.csv"}),
                        media(PartKind::kFile, {.data = "AA==", .media_type = "application/zip"}), foreign,
                        media(PartKind::kAudio, {.data = "AA=="})}),
      say(Role::kAssistant, {thought, unproven, text("ok")})};
  conversation.messages[0].name = "ann";
  EXPECT_EQ(
      written(conversation),
      R"(4096,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AA=="}},)"
      R"({"type":"image","source":{"type":"url","url":"https://x/y.png"}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"foo"},"title":"t.csv"}]},)"
      R"({"role":"assistant","content":"ok"}]})"
      "\n!messages[0].name\n-messages[0].content[0].detail\n!messages[0].content[3]: a file that is neither PDF nor "
      "text\n!messages[0].content[4]: a file in another provider's store\n!messages[0].content[5]: "
      "audio\n-messages[1].content[0]: reasoning\n-messages[1].content[1]: reasoning");
}

TEST(MessagesRequestWriter, GivesBackWhatWasSignedInWhateverItemItTravelled) {
  Conversation conversation;
  Part thought = media(PartKind::kReasoning, {});
  thought.text = "hm";
  thought.id = "rs_msg_1_0";  // a client of the Responses API has it as an item with an id
  thought.signature = "c2ln";
  conversation.messages = {say(Role::kUser, {text("q")}), say(Role::kAssistant, {thought, text("a")}),
                           say(Role::kUser, {text("and now?")})};
  EXPECT_EQ(written(conversation),
            R"(4096,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[)"
            R"({"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"a"}]},)"
            R"({"role":"user","content":"and now?"}]})");
}

// What follows the messages of a conversation changed by `change`.
std::string tail(const std::function<void(Conversation&)>& change, llm::UpstreamContext context = {.model = "glm"}) {
  Conversation conversation;
  conversation.messages = {say(Role::kUser, {text("x")})};
  change(conversation);
  std::string out = written(conversation, context);
  const std::string messages = R"(,"messages":[{"role":"user","content":"x"}])";
  const std::size_t at = out.find(messages);
  return at == std::string::npos ? out : out.erase(at, messages.size());
}

TEST(MessagesRequestWriter, WritesToolsAndTheirChoice) {
  const llm::Tool bare{.name = "f"};
  EXPECT_EQ(tail([&](Conversation& c) { c.tools = {bare}; }),
            R"(4096,"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}]})");
  EXPECT_EQ(
      tail([&](Conversation& c) {
        c.tools = {{.name = "f", .schema = R"({ "properties":{}})", .strict = false}, {.name = "g", .schema = "{ }"}};
        c.parallel_tool_calls = false;
      }),
      R"(4096,"tools":[{"name":"f","input_schema":{"type":"object", "properties":{}}},)"
      R"({"name":"g","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true}})");
  EXPECT_EQ(
      tail([&](Conversation& c) {
        c.tools = {{.name = "f", .custom = true, .format = "{}"}};
        c.tool_choice = llm::ToolChoice::kNamed;
        c.tool_name = "f";
        c.parallel_tool_calls = true;
      }),
      R"(4096,"tools":[{"name":"f","input_schema":{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}}],)"
      R"("tool_choice":{"type":"tool","name":"f"}})"
      "\n!tools[0]: its free text is asked for as {\"input\": text}\n!tools[0].format");
  EXPECT_EQ(
      tail([&](Conversation& c) {
        c.tools = {bare};
        c.tool_choice = llm::ToolChoice::kNone;
        c.parallel_tool_calls = false;
      }),
      R"(4096,"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"none"}})");
  EXPECT_EQ(tail([](Conversation& c) { c.tools = {{.name = "f", .schema = "{cut"}}; }),
            "4096,\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\",\"properties\":{}}}]}"
            "\n!tools[0]: its schema is no JSON object");
  EXPECT_EQ(tail([](Conversation& c) { c.tool_choice = llm::ToolChoice::kRequired; }),
            "4096}\n!tool_choice: there are no tools");
}

TEST(MessagesRequestWriter, SaysWhatTheApiDoesNotHave) {
  EXPECT_EQ(tail([](Conversation& c) {
              c.temperature = "1.5";
              c.top_p = "1.0";
              c.seed = "7";
              c.choices = 2;
              c.logprobs = true;
              c.presence_penalty = "0.0";
              c.frequency_penalty = "0.5";
              c.verbosity = "low";
              c.prompt_cache_key = "k";
              c.service_tier = "flex";
              c.format.kind = llm::Format::kJsonObject;
              c.stop = {"\n", "END"};
              c.user = "u";
            }),
            R"(4096,"stop_sequences":["END"],"metadata":{"user_id":"u"}})"
            "\n!stop: white space alone\n!temperature: 1.5 is taken as 1\n!response_format: JSON without a schema"
            "\n-service_tier\n!frequency_penalty\n-seed\n!n\n!logprobs\n!verbosity\n-prompt_cache_key");
  EXPECT_EQ(tail([](Conversation& c) {
              c.format = {llm::Format::kJsonSchema, "answer", "", R"({"type":"object"})", true};
              c.choices = 1;
              c.seed.reset();
              c.presence_penalty = "0";
              c.temperature = "1";
              c.service_tier = "auto";
              c.verbosity = "medium";
            }),
            R"(4096,"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}})"
            "\n-response_format.name");
}

TEST(MessagesRequestWriter, KnowsHowEachGenerationSamples) {
  const auto sampled = [](std::string_view model) {
    return tail(
        [](Conversation& c) {
          c.temperature = "0.5";
          c.top_p = "0.9";
          c.top_k = "4";
        },
        {.model = model});
  };
  EXPECT_EQ(sampled("claude-3-7-sonnet-latest"), R"(4096,"temperature":0.5,"top_p":0.9,"top_k":4})");
  EXPECT_EQ(sampled("claude-sonnet-4-5"), "4096,\"temperature\":0.5,\"top_k\":4}\n!top_p");
  EXPECT_EQ(sampled("claude-opus-4-7"), "4096}\n!temperature\n!top_p\n!top_k");
}

TEST(MessagesRequestWriter, AsksForThinkingAsEachGenerationTakesIt) {
  const auto asked = [](std::string_view model, llm::Reasoning reasoning, std::optional<std::int64_t> limit = {},
                        std::int64_t most = 0) {
    return tail(
        [&](Conversation& c) {
          c.reasoning = reasoning;
          c.max_output_tokens = limit;
        },
        {.model = model, .max_output = most});
  };
  EXPECT_EQ(asked("claude-opus-4-7", {.effort = "high"}),
            R"(4096,"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}})");
  EXPECT_EQ(asked("claude-opus-4-7", {.effort = "minimal", .summary = "auto"}),
            R"(4096,"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"low"}})"
            "\n-reasoning effort: taken as \"low\"");
  EXPECT_EQ(asked("claude-sonnet-4-6", {.effort = "xhigh"}),
            R"(4096,"thinking":{"type":"adaptive"},"output_config":{"effort":"max"}})"
            "\n-reasoning effort: taken as \"max\"");
  EXPECT_EQ(asked("claude-sonnet-5", {.budget_tokens = 5000}),
            R"(4096,"thinking":{"type":"adaptive"},"output_config":{"effort":"medium"}})"
            "\n-thinking budget: taken as the effort \"medium\"");
  EXPECT_EQ(asked("claude-sonnet-4-5", {.effort = "low"}), R"(6144,"thinking":{"type":"enabled","budget_tokens":2048}})"
                                                           "\n-reasoning effort: taken as a budget of 2048 tokens");
  EXPECT_EQ(
      asked("claude-sonnet-4-5", {.effort = "high"}, 10'000, 64'000),
      R"(10000,"thinking":{"type":"enabled","budget_tokens":8000}})"
      "\n-reasoning effort: taken as a budget of 16384 tokens\n-thinking budget: cut to 8000 tokens by max_tokens");
  EXPECT_EQ(
      asked("claude-sonnet-4-5", {.effort = "high"}, 1000),
      "1000}\n-reasoning effort: taken as a budget of 16384 tokens\n!reasoning: max_tokens leaves no room for it");
  EXPECT_EQ(asked("claude-sonnet-4-5", {}, 99'999, 64'000), "64000}\n-max_tokens: the model generates at most 64000");
  EXPECT_EQ(asked("claude-sonnet-4-5", {}, {}, 64'000), "64000}");
  EXPECT_EQ(asked("claude-sonnet-4-5", {.effort = "none"}), "4096}");
  EXPECT_EQ(asked("claude-sonnet-5", {.effort = "none"}), R"(4096,"thinking":{"type":"disabled"}})");
  EXPECT_EQ(asked("claude-sonnet-5", {.effort = "huge"}),
            "4096,\"thinking\":{\"type\":\"adaptive\"}}\n!reasoning effort: \"huge\" is not known");
}

TEST(MessagesRequestWriter, DropsThinkingWhereTheApiForbidsIt) {
  EXPECT_EQ(
      tail(
          [](Conversation& c) {
            c.tools = {{.name = "f"}};
            c.tool_choice = llm::ToolChoice::kRequired;
            c.reasoning.effort = "low";
          },
          {.model = "claude-opus-4-8"}),
      R"(4096,"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"any"},"output_config":{"effort":"low"}})"
      "\n!reasoning: not together with a tool that must be called");
  EXPECT_EQ(tail(
                [](Conversation& c) {
                  c.reasoning.budget_tokens = 2000;
                  c.max_output_tokens = 9000;
                  c.temperature = "0.2";
                  c.top_p = "0.97";
                },
                {.model = "claude-sonnet-4-0"}),
            "9000,\"top_p\":0.97,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}}\n!temperature");
  Conversation conversation;
  conversation.messages = {say(Role::kUser, {text("go")}), say(Role::kAssistant, {call("c", "f", "{}")}),
                           say(Role::kTool, {result("c", "1")})};
  conversation.reasoning.budget_tokens = 2000;
  conversation.max_output_tokens = 9000;
  EXPECT_NE(
      written(conversation, {.model = "claude-sonnet-4-5"}).find("!reasoning: the calls before were made without"),
      std::string::npos);
}

TEST(MessagesCallIds, StayOrBecomeWhatTheApiTakes) {
  EXPECT_EQ(call_id("toolu_01-A"), "toolu_01-A");
  const std::string odd = call_id("functions.f:0");
  EXPECT_EQ(odd.size(), 21U);
  EXPECT_EQ(odd, call_id("functions.f:0"));
  EXPECT_NE(odd, call_id("functions.f:1"));
  EXPECT_EQ(odd.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"), std::string::npos);
}

TEST(ModelDialect, ReadsTheGenerationFromTheName) {
  for (const std::string_view old :
       {"claude-3-5-haiku-20241022", "claude-opus-4-20250514", "claude-sonnet-4-5@20250929",
        "anthropic.claude-haiku-4-5-20251001-v1:0", "glm-4.7", "gpt-5"}) {
    EXPECT_TRUE(dialect_of(old).budget && dialect_of(old).sampling && !dialect_of(old).effort) << old;
  }
  EXPECT_TRUE(dialect_of("claude-sonnet-4-6").budget && dialect_of("claude-sonnet-4-6").effort);
  for (const std::string_view late : {"claude-opus-4-7", "claude-sonnet-5", "us.anthropic.claude-haiku-5-5-v1:0"}) {
    EXPECT_TRUE(dialect_of(late).effort && !dialect_of(late).budget && !dialect_of(late).sampling) << late;
  }
  EXPECT_EQ(effort_of(1), "low");
  EXPECT_EQ(effort_of(8192), "medium");
  EXPECT_EQ(effort_of(200'000), "max");
}

}  // namespace
}  // namespace pointsman::wire::anthropic_messages
