// links: pm_wire
// parses: wire/anthropic_messages/answer_reader wire/anthropic_messages/conversation_reader
//   wire/anthropic_messages/content_walk wire/anthropic_messages/messages wire/anthropic_messages/request
//   wire/anthropic_messages/error_reader
// Messages bodies: the fast reader agrees with the slow inspector, what we forward reads back as intended, and what the
// neutral form carries is written as a body that reads again and says the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "json/fault.h"
#include "wire/anthropic_messages/answer_reader.h"
#include "wire/anthropic_messages/answer_writer.h"
#include "wire/anthropic_messages/conversation_reader.h"
#include "wire/anthropic_messages/count_tokens.h"
#include "wire/anthropic_messages/error_reader.h"
#include "wire/anthropic_messages/forward.h"
#include "wire/anthropic_messages/request_writer.h"

namespace {

using namespace pointsman;
namespace messages = wire::anthropic_messages;

void require(bool good) {
  if (!good) std::abort();
}

void check_forwarding(const llm::ChatRequest& request) {
  static messages::Reader reader;
  static llm::ChatRequest again;
  static json::Splices splices;
  require(messages::forward_body(request, "up\"stream", splices).has_value());
  const std::string body = splices.to_string();
  require(messages::read_messages_request(body, reader, again).has_value());
  require(again.model == "up\"stream" && again.text == request.text && again.context == request.context);
  require(again.conversation == request.conversation && again.messages == request.messages);
  require(again.needs.capabilities == request.needs.capabilities && again.stream == request.stream);
}

// What was almost too deep for us may become that a few levels further in; nothing else may be wrong with what we
// write.
bool only_too_deep(std::string_view written, json::Document& document) {
  const auto valid = document.validate(written);
  require(valid.has_value() || valid.error().message().contains("nested deeper"));
  return !valid;
}

void check_conversation(std::string_view body, json::Document& document) {
  static const std::string_view kModels[] = {"glm", "claude-opus-4-6", "claude-sonnet-5"};
  llm::Conversation conversation;
  if (!messages::read_conversation(body, document, conversation)) return;
  for (const std::string_view model : kModels) {
    std::string once;
    if (!messages::write_request(conversation, {.model = model, .max_output = 64'000}, once)) continue;
    if (only_too_deep(once, document)) continue;
    llm::Conversation again;
    require(messages::read_conversation(once, document, again).has_value());
    std::string twice;
    const auto losses = messages::write_request(again, {.model = model, .max_output = 64'000}, twice);
    require(losses.has_value() && twice == once);
  }
}

void check_answer(std::string_view body, json::Document& document) {
  llm::Answer answer;
  require(!messages::read_error(body, document).message.empty());
  if (!messages::read_whole_answer(body, document, answer)) return;
  std::string once;
  messages::write_whole_answer(answer, {}, once);
  if (only_too_deep(once, document)) return;
  llm::Answer again;
  require(messages::read_whole_answer(once, document, again).has_value());
  std::string twice;
  messages::write_whole_answer(again, {}, twice);
  require(once == twice);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static messages::Reader reader;
  static json::Document document;
  static llm::ChatRequest request;
  // An exact block of its own, so that a read behind the body is seen.
  const std::unique_ptr<char[]> exact(new char[size]);
  std::copy(data, data + size, exact.get());
  const std::string_view body(exact.get(), size);

  const bool valid = !json::find_fault(body).has_value();
  const auto read = messages::read_messages_request(body, reader, request);
  require(!read || valid);
  require(read || (read.error().code() == base::ErrorCode::kParse) == !valid);
  if (read) {
    require(request.text.size() <= llm::ChatRequest::kMaxText);
    require(json::find_invalid_utf8(request.text) == std::string_view::npos);
    check_forwarding(request);
  }
  require(!read || messages::read_count_tokens_request(body, reader, request).has_value());
  check_conversation(body, document);
  check_answer(body, document);
  return 0;
}
