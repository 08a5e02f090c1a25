// What the outlines of the three protocols say of small bodies, what they refuse, and what trimming makes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/removed_part.h"
#include "wire/trimmed_body.h"

namespace pointsman::wire {
namespace {

using llm::ItemKind;
using llm::Protocol;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

llm::Outline outline_of(Protocol protocol, std::string_view body) {
  json::Document document;
  llm::Outline out;
  const auto read = read_outline(protocol, body, document, out);
  EXPECT_TRUE(read) << read.error().message() << " at " << read.error().place();
  return out;
}

std::vector<ItemKind> kinds_of(const llm::Outline& outline) {
  std::vector<ItemKind> out;
  for (const llm::OutlineItem& item : outline.items) out.push_back(item.kind);
  return out;
}

std::string text_at(std::string_view body, llm::ByteRange range) {
  return std::string(body.substr(range.begin, range.end - range.begin));
}

TEST(ChatOutline, TellsMessagesApart) {
  const std::string body =
      R"({"messages":[{"role":"developer","content":"d"},{"role":"user","content":[{"type":"text","text":"q"}]},)"
      R"({"role":"assistant","tool_calls":[{"id":"a"},{"id":"b"}],"reasoning_details":[{"data":"x"}]},)"
      R"({"role":"tool","tool_call_id":"b","content":"two"},{"role":"tool","tool_call_id":"\u0061","content":null},)"
      R"({"role":"assistant","content":"done"},{"role":"critic"},{"role":"user","content":[]}]})";
  const llm::Outline outline = outline_of(Protocol::kChatCompletions, body);
  EXPECT_THAT(kinds_of(outline),
              ElementsAre(ItemKind::kSystem, ItemKind::kUser, ItemKind::kCalls, ItemKind::kResults, ItemKind::kResults,
                          ItemKind::kAssistant, ItemKind::kOther, ItemKind::kOther));
  EXPECT_TRUE(outline.items[0].stays);
  EXPECT_TRUE(outline.items[2].sealed);
  EXPECT_EQ(outline.results[0].call, 1U);
  EXPECT_EQ(outline.results[1].call, 0U) << "ids are compared decoded";
  EXPECT_EQ(text_at(body, outline.results[0].content), "\"two\"");
  EXPECT_EQ(text_at(body, outline.results[0].id), "\"b\"");
  EXPECT_TRUE(outline.results[1].content.empty());
}

TEST(ChatOutline, PairsLegacyFunctionCallsByTheirOrder) {
  const llm::Outline outline =
      outline_of(Protocol::kChatCompletions,
                 R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","function_call":{"name":"f"}},)"
                 R"({"role":"function","name":"f","content":"1"},{"function_call":{"name":"f"},"role":"assistant"},)"
                 R"({"role":"function","name":"f","content":"2"}]})");
  ASSERT_EQ(outline.results.size(), 2U);
  EXPECT_EQ(outline.results[0].call, 0U);
  EXPECT_EQ(outline.results[1].call, 1U);
}

TEST(ResponsesOutline, TellsItemsApart) {
  const std::string body =
      R"({"input":[{"role":"user","content":"q"},{"type":"reasoning","encrypted_content":"e"},)"
      R"({"type":"function_call","call_id":"a"},{"type":"function_call_output","call_id":"a","output":"r"},)"
      R"({"type":"computer_call","call_id":"b"},{"type":"computer_call_output","call_id":"b","output":{"type":"x"}},)"
      R"({"type":"web_search_call","id":"w"},{"id":"msg_1"},{"type":"item_reference","id":"rs_1"},)"
      R"({"type":"mcp_approval_request","id":"m"},{"type":"mcp_approval_response","approval_request_id":"m"},)"
      R"({"type":"message","role":"assistant","content":[]},{"type":"compaction","encrypted_content":"c"}]})";
  const llm::Outline outline = outline_of(Protocol::kResponses, body);
  EXPECT_THAT(kinds_of(outline),
              ElementsAre(ItemKind::kUser, ItemKind::kReasoning, ItemKind::kCalls, ItemKind::kResults, ItemKind::kCalls,
                          ItemKind::kResults, ItemKind::kOther, ItemKind::kOther, ItemKind::kOther, ItemKind::kCalls,
                          ItemKind::kResults, ItemKind::kAssistant, ItemKind::kOther));
  EXPECT_TRUE(outline.items[1].sealed);
  EXPECT_EQ(text_at(body, outline.results[0].content), "\"r\"");
  EXPECT_TRUE(outline.results[1].content.empty()) << "no text may stand for a screenshot";
  EXPECT_EQ(outline.results[2].call, 2U);
  EXPECT_TRUE(outline.items[7].pins_turn);
  EXPECT_TRUE(outline.items[8].pins_turn);
  EXPECT_TRUE(outline.items[12].stays);
}

TEST(ResponsesOutline, TakesATextForOneItem) {
  const std::string body = R"({"model":"m","input":"hello"})";
  const llm::Outline outline = outline_of(Protocol::kResponses, body);
  ASSERT_EQ(outline.items.size(), 1U);
  EXPECT_TRUE(outline.items[0].starts_turn);
  EXPECT_EQ(text_at(body, outline.items[0].bytes), "\"hello\"");
}

TEST(ResponsesOutline, RefusesConversationsThatAreKeptElsewhere) {
  for (const std::string name : {"previous_response_id", "conversation", "prompt"}) {
    json::Document document;
    llm::Outline out;
    const auto read =
        read_outline(Protocol::kResponses, R"({"input":"hello",")" + name + R"(":"resp_1"})", document, out);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), base::ErrorCode::kUnsupported);
    EXPECT_EQ(read.error().place(), "/" + name);
    EXPECT_TRUE(out.items.empty());
    EXPECT_TRUE(read_outline(Protocol::kResponses, R"({"input":"hello",")" + name + R"(":null})", document, out));
  }
}

TEST(MessagesOutline, TellsMessagesApart) {
  const std::string body =
      R"({"system":"s","messages":[{"role":"user","content":[{"type":"text","text":"q","cache_control":{"type":"x"}}]},)"
      R"({"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"tool_use","id":"a"},)"
      R"({"id":"b","type":"tool_use"}]},)"
      R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"b","content":[{"type":"text","text":"2",)"
      R"("cache_control":{"type":"x"}}]},{"type":"tool_result","tool_use_id":"a"}]},)"
      R"({"role":"assistant","content":"more"},{"role":"user","content":[{"type":"text","text":"and"}]}]})";
  const llm::Outline outline = outline_of(Protocol::kMessages, body);
  EXPECT_THAT(kinds_of(outline), ElementsAre(ItemKind::kUser, ItemKind::kCalls, ItemKind::kResults,
                                             ItemKind::kAssistant, ItemKind::kUser));
  EXPECT_EQ(outline.items[0].cache_markers, 1U);
  EXPECT_EQ(outline.items[2].cache_markers, 1U);
  EXPECT_TRUE(outline.items[1].sealed);
  EXPECT_EQ(outline.items[1].calls_end, 2U);
  EXPECT_EQ(outline.results[0].call, 1U);
  EXPECT_EQ(outline.results[1].call, 0U);
  EXPECT_TRUE(outline.results[1].content.empty());
  EXPECT_FALSE(outline.items[2].starts_turn);
}

TEST(Outlines, NameThePlaceOfWhatTheyRefuse) {
  struct Case {
    Protocol protocol;
    std::string_view body;
    std::string_view place;
  };
  const std::vector<Case> cases = {
      {Protocol::kChatCompletions, R"({"messages":[{"role":"user","content":1}]})", "/messages/0/content"},
      {Protocol::kChatCompletions, R"({"messages":[{"content":"x"}]})", "/messages/0/role"},
      {Protocol::kChatCompletions, R"({"messages":[{"role":"user"},{"role":"assistant","tool_calls":[7]}]})",
       "/messages/1/tool_calls/0"},
      {Protocol::kChatCompletions, R"({"messages":[]})", "/messages"},
      {Protocol::kChatCompletions, R"({"model":"m"})", "/messages"},
      {Protocol::kResponses, R"({"input":[{"role":"user","role":"user"}]})", "/input/0/role"},
      {Protocol::kResponses, R"({"input":[[]]})", "/input/0"},
      {Protocol::kMessages, R"({"messages":[{"role":"user","content":[{"text":"x"}]}]})", "/messages/0/content/0/type"},
      {Protocol::kMessages, R"({"messages":[{"role":"user"}]})", "/messages/0/content"},
      {Protocol::kMessages, R"([])", ""},
  };
  for (const Case& one : cases) {
    json::Document document;
    llm::Outline out;
    const auto read = read_outline(one.protocol, one.body, document, out);
    ASSERT_FALSE(read) << one.body;
    EXPECT_EQ(read.error().code(), base::ErrorCode::kInvalidArgument);
    EXPECT_EQ(read.error().place(), one.place) << read.error().message();
    EXPECT_TRUE(out.items.empty());
  }
}

TEST(Outlines, TellThatABodyIsNotJson) {
  for (const Protocol protocol : {Protocol::kChatCompletions, Protocol::kResponses, Protocol::kMessages}) {
    json::Document document;
    llm::Outline out;
    const auto read = read_outline(protocol, R"({"input":"x","messages":[{"role":1},])", document, out);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), base::ErrorCode::kParse);
  }
}

TEST(Outlines, AreBounded) {
  std::string body = R"({"messages":[)";
  for (int i = 0; i < 100'001; ++i) body += R"({"role":"user"},)";
  body.back() = ']';
  body += '}';
  json::Document document;
  llm::Outline out;
  const auto read = read_outline(Protocol::kChatCompletions, body, document, out);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().place(), "/messages/100000");
}

TEST(Outlines, AreForConversationsOnly) {
  json::Document document;
  llm::Outline out;
  const auto read = read_outline(Protocol::kEmbeddings, R"({"input":"x"})", document, out);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), base::ErrorCode::kUnsupported);
}

constexpr std::string_view kTalk =
    R"({"messages": [ {"role":"user","content":"one"} , {"role":"assistant","content":"1"},{"role":"user","content":)"
    R"("two"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]},)"
    R"({"role":"tool","tool_call_id":"a","content":"long"},{"role":"user","content":[{"type":"text","text":"3"}]} ] })";

TEST(TrimmedBody, LosesElementsWithTheirCommas) {
  const llm::Outline outline = outline_of(Protocol::kChatCompletions, kTalk);
  json::Splices edits;
  ASSERT_TRUE(splice_trim(kTalk, outline, {.removed = {0, 1}, .summary_item = 2}, "", edits));
  EXPECT_THAT(edits.to_string(), HasSubstr(R"({"messages": [ {"role":"user","content":"two"},)"));
  ASSERT_TRUE(splice_trim(kTalk, outline, {.removed = {0, 1, 2, 3, 4}, .summary_item = 5}, "s\"", edits));
  EXPECT_EQ(edits.to_string(),
            R"({"messages": [ {"role":"user","content":[{"type":"text","text":"[Summary of the earlier conversation, )"
            R"(which no longer fits the context window]\ns\""},{"type":"text","text":"3"}]} ] })");
  ASSERT_TRUE(splice_trim(kTalk, outline, {.removed = {2, 3, 4}}, "", edits));
  EXPECT_EQ(edits.to_string(), R"({"messages": [ {"role":"user","content":"one"} , {"role":"assistant","content":"1"},)"
                               R"({"role":"user","content":[{"type":"text","text":"3"}]} ] })");
}

TEST(TrimmedBody, HasTheNoteInPlaceOfAResult) {
  const llm::Outline outline = outline_of(Protocol::kChatCompletions, kTalk);
  json::Splices edits;
  ASSERT_TRUE(splice_trim(kTalk, outline, {.masked = {0}}, "", edits));
  std::string wanted(kTalk);
  wanted.replace(wanted.find("long"), 4, llm::kTrimNote);
  EXPECT_EQ(edits.to_string(), wanted);
}

TEST(TrimmedBody, RefusesPlansOfAnotherBody) {
  const llm::Outline outline = outline_of(Protocol::kChatCompletions, kTalk);
  json::Splices edits;
  for (const llm::TrimPlan& plan :
       {llm::TrimPlan{.removed = {0, 1, 2, 3, 4, 5}}, llm::TrimPlan{.masked = {3}}, llm::TrimPlan{.removed = {9}},
        llm::TrimPlan{.masked = {0}, .removed = {4}}, llm::TrimPlan{.removed = {1, 0}}}) {
    EXPECT_FALSE(splice_trim(kTalk, outline, plan, "", edits));
    EXPECT_TRUE(edits.empty());
  }
}

TEST(RemovedPart, TellsWhoSaidWhat) {
  const llm::Outline chat = outline_of(Protocol::kChatCompletions, kTalk);
  json::Document document;
  const auto part = removed_part(kTalk, chat, {.removed = {0, 1, 2, 3, 4}}, 1000, document);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->text, "user: one\n\nassistant: 1\n\nuser: two\n\nassistant: call of f: {}\n\nresult: long\n\n");
  EXPECT_TRUE(part->complete);

  const std::string_view messages =
      R"({"messages":[{"role":"user","content":[{"type":"text","text":"see"},{"type":"image","source":{"data":"x"}}]},)"
      R"({"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"tool_use",)"
      R"("id":"a","name":"f","input":{"x":[1]}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a",)"
      R"("content":[{"type":"text","text":"r"}]}]},{"role":"user","content":"last"}]})";
  const llm::Outline other = outline_of(Protocol::kMessages, messages);
  EXPECT_EQ(removed_part(messages, other, {.removed = {0, 1, 2}}, 1000, document)->text,
            "user: see\n[image]\n\nassistant: hm\ncall of f: {\"x\":[1]}\n\nresult: r\n\n");

  const std::string_view responses =
      R"({"input":[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"type":"function_call",)"
      R"("call_id":"a","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"a","output":"r"}]})";
  const llm::Outline third = outline_of(Protocol::kResponses, responses);
  EXPECT_EQ(removed_part(responses, third, {.removed = {0, 1, 2}}, 1000, document)->text,
            "assistant: hm\n\nassistant: call of f: {}\n\nresult: r\n\n");
}

TEST(RemovedPart, CutsLongTextsSoThatAllFits) {
  const std::string body = R"({"messages":[{"role":"user","content":"b)" + std::string(5000, 'x') +
                           R"(e"},{"role":"assistant","content":"short"},{"role":"user","content":"q"}]})";
  const llm::Outline outline = outline_of(Protocol::kChatCompletions, body);
  json::Document document;
  const auto part = removed_part(body, outline, {.removed = {0, 1}}, 600, document);
  ASSERT_TRUE(part);
  EXPECT_FALSE(part->complete);
  EXPECT_LE(part->text.size(), 600U);
  EXPECT_THAT(part->text, HasSubstr("user: bx"));
  EXPECT_THAT(part->text, HasSubstr("xe\n\nassistant: short"));
  for (const std::size_t least : {0U, 1U, 20U, 70U}) {
    EXPECT_LE(removed_part(body, outline, {.removed = {0, 1}}, least, document)->text.size(), least);
  }
}

}  // namespace
}  // namespace pointsman::wire
