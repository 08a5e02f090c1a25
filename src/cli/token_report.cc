#include "cli/token_report.h"

#include <array>

#include "cli/table.h"
#include "json/document.h"
#include "json/writer.h"
#include "vocabulary/vocabulary.h"
#include "wire/anthropic_messages/count_tokens.h"
#include "wire/openai_chat/request.h"
#include "wire/openai_plain/request.h"
#include "wire/openai_responses/request.h"

namespace pointsman::cli {
namespace {

using llm::Protocol;
using tokens::PromptItem;

constexpr std::size_t kMaxBody = std::size_t{1} << 28;

base::Result<Protocol> protocol_named(std::string_view name) {
  std::string known;
  for (std::size_t i = 0; i < llm::kProtocols; ++i) {
    const auto one = static_cast<Protocol>(i);
    if (llm::to_string(one) == name) return one;
    known += (i == 0 ? "" : ", ") + std::string(llm::to_string(one));
  }
  return base::fail(base::ErrorCode::kInvalidArgument,
                    fmt::format("there is no protocol '{}'; there are {}", name, known));
}

// By members that only one protocol has. A Messages body without a system prompt looks like a chat completion's, and
// counts the same.
base::Result<Protocol> protocol_of(std::string_view body) {
  json::Document document(kMaxBody);
  PM_CHECK(document.open(body));
  Protocol protocol = Protocol::kChatCompletions;
  json::Cursor cursor = document.root();
  bool more = cursor.peek() == '{' && cursor.enter_object();
  for (; more; more = cursor.next_member()) {
    if (cursor.key_is("system") || cursor.key_is("anthropic_version")) protocol = Protocol::kMessages;
    if (cursor.key_is("input")) protocol = Protocol::kResponses;
    if (cursor.key_is("prompt") && cursor.peek() != '{') protocol = Protocol::kLegacyCompletions;
    cursor.skip();
  }
  document.close();
  return protocol;
}

base::Result<void> read_body(std::string_view body, Protocol protocol, llm::ChatRequest& request) {
  switch (protocol) {
    case Protocol::kResponses: {
      wire::openai_responses::Reader reader(kMaxBody);
      return wire::openai_responses::read_responses_request(body, reader, request);
    }
    case Protocol::kMessages: {
      wire::anthropic_messages::Reader reader(kMaxBody);
      return wire::anthropic_messages::read_count_tokens_request(body, reader, request);
    }
    case Protocol::kLegacyCompletions:
    case Protocol::kEmbeddings: {
      wire::ReadingSpace space(kMaxBody);
      if (protocol == Protocol::kEmbeddings) return wire::openai_plain::read_embedding_request(body, space, request);
      return wire::openai_plain::read_completion_request(body, space, request);
    }
    case Protocol::kChatCompletions:
      break;
  }
  wire::openai_chat::Reader reader(kMaxBody);
  return wire::openai_chat::read_chat_request(body, reader, request);
}

tokens::Vocabularies vocabularies(std::optional<tokens::Encoding> encoding) {
  tokens::Vocabularies out;
  const auto wanted = encoding.value_or(tokens::Encoding::kO200k);
  auto opened = vocabulary::open(tokens::to_string(wanted));
  if (!opened) return out;
  (wanted == tokens::Encoding::kCl100k ? out.cl100k : out.o200k) = std::move(*opened);
  return out;
}

std::string_view kind_name(PromptItem::Kind kind) {
  constexpr std::array<std::string_view, 6> kNames = {"message",     "text",          "tools",
                                                      "tool_choice", "answer_format", "answer"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view role_name(llm::PieceRole role) {
  constexpr std::array<std::string_view, 7> kNames = {"system", "developer", "user", "assistant",
                                                      "tool",   "function",  "other"};
  return kNames[static_cast<std::size_t>(role)];
}

std::vector<std::string_view> doubts_of(const tokens::PromptCount& count) {
  std::vector<std::string_view> names;
  for (int i = 0; i < tokens::kDoubts; ++i) {
    if (count.doubts.has(static_cast<tokens::Doubt>(i))) names.push_back(to_string(static_cast<tokens::Doubt>(i)));
  }
  return names;
}

}  // namespace

base::Result<TokenReport> count_request(std::string_view body, std::string_view model, std::string_view protocol) {
  TokenReport report;
  if (protocol.empty()) {
    PM_TRY(report.protocol, protocol_of(body));
  } else {
    PM_TRY(report.protocol, protocol_named(protocol));
  }
  llm::ChatRequest request;
  PM_CHECK(read_body(body, report.protocol, request));
  request.protocol = report.protocol;
  report.model = model.empty() ? request.model : std::string(model);
  report.family = tokens::family_of(report.model);
  // One count of one body: nobody is there to make two texts share one.
  constexpr std::uint64_t kSeed = 0;
  tokens::PromptCounter counter(vocabularies(report.family.encoding), kSeed, 0);
  report.count = counter.itemise(request, report.family, report.items);
  return report;
}

void print_report(const TokenReport& report, Output& out) {
  Table table({{"#", Table::Align::kRight}, {"what", Table::Align::kLeft}, {"tokens", Table::Align::kRight}});
  int number = 0;
  for (const PromptItem& item : report.items) {
    const bool message = item.kind == PromptItem::Kind::kMessage;
    table.add({message ? std::to_string(++number) : "",
               std::string(message ? role_name(item.role) : kind_name(item.kind)), std::to_string(item.tokens)});
  }
  table.add({"", "total", std::to_string(report.count.tokens)});
  table.print(out);
  const auto encoding = report.family.encoding;
  if (!encoding || report.count.doubts.has(tokens::Doubt::kTokenizer)) {
    out.print("\nEstimated: the tokenizer of {} is not public, or not in this build.\n", report.model);
    if (report.calibrations) print_calibrations(*report.calibrations, out);
    return;
  }
  if (report.count.exact()) return out.print("\nExact, in {}.\n", tokens::to_string(*encoding));
  out.print("\nTexts are exact in {}; {} of the tokens are estimates, because of: {}.\n", tokens::to_string(*encoding),
            report.count.estimated, fmt::join(doubts_of(report.count), ", "));
}

void print_report_json(const TokenReport& report, Output& out) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("model", report.model).member("protocol", llm::to_string(report.protocol));
  writer.key("encoding");
  if (report.family.encoding && !report.count.doubts.has(tokens::Doubt::kTokenizer)) {
    writer.value(tokens::to_string(*report.family.encoding));
  } else {
    writer.null();
  }
  writer.member("tokens", report.count.tokens).member("exact", report.count.exact());
  writer.member("estimated", report.count.estimated).key("doubts").begin_array();
  for (const std::string_view doubt : doubts_of(report.count)) writer.value(doubt);
  writer.end_array().key("items").begin_array();
  for (const PromptItem& item : report.items) {
    writer.begin_object().member("kind", kind_name(item.kind));
    if (item.kind == PromptItem::Kind::kMessage) writer.member("role", role_name(item.role));
    writer.member("tokens", item.tokens).end_object();
  }
  writer.end_array();
  if (report.calibrations) write_calibrations(*report.calibrations, writer);
  writer.end_object();
  out.print("{}\n", text);
}

}  // namespace pointsman::cli
