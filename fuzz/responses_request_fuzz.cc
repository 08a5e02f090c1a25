// links: pm_wire
// parses: wire/openai_responses/request wire/openai_responses/request_items wire/openai_responses/conversation_*
// Responses bodies: the fast view agrees with the slow inspector, what we forward reads back as intended, and what we
// translate is JSON that reads again as the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "json/fault.h"
#include "wire/openai_responses/answer_writer.h"
#include "wire/openai_responses/conversation_reader.h"
#include "wire/openai_responses/forward.h"
#include "wire/openai_responses/request.h"
#include "wire/openai_responses/request_writer.h"

namespace {

using namespace pointsman;
namespace responses = wire::openai_responses;

void require(bool good) {
  if (!good) std::abort();
}

void check_forwarding(const llm::ChatRequest& request) {
  static responses::Reader reader;
  static json::Document document;
  static llm::ChatRequest again;
  static json::Splices splices;
  const auto left_out = responses::forward_body(request, "up\"stream", document, splices);
  require(left_out.has_value());
  const std::string body = splices.to_string();
  require(body.size() == splices.size());
  require(responses::read_responses_request(body, reader, again).has_value());
  require(again.model == "up\"stream");
  require(again.text == request.text && again.context == request.context && again.stream == request.stream);
  require(again.conversation == request.conversation && again.messages + *left_out == request.messages);
}

void check_translation(std::string_view body) {
  static json::Document document;
  llm::Conversation first, second;
  const auto losses = responses::read_conversation(body, document, first);
  if (!losses) return require(!losses.error().message().empty());
  require(losses->size() <= 65);
  std::string once, twice;
  require(responses::write_request(first, {.model = "m"}, once).has_value());
  require(document.validate(once).has_value());
  if (!responses::read_conversation(once, document, second)) return;  // all of it was lost
  require(responses::write_request(second, {.model = "m"}, twice).has_value());
  require(document.validate(twice).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static responses::Reader reader;
  static json::Document document;
  static llm::ChatRequest request;
  // An exact block of its own, so that a read behind the body is seen.
  const std::unique_ptr<char[]> exact(new char[size]);
  std::copy(data, data + size, exact.get());
  const std::string_view body(exact.get(), size);

  const bool valid = !json::find_fault(body).has_value();
  const auto read = responses::read_responses_request(body, reader, request);
  std::string answer;
  responses::write_whole_answer({}, {.request = body}, answer);
  require(document.validate(answer).has_value() && answer.find('\n') == std::string::npos);
  check_translation(body);
  if (!read) {
    require((read.error().code() == base::ErrorCode::kParse) == !valid);
    return 0;
  }
  require(valid);
  require(request.text.size() <= llm::ChatRequest::kMaxText && request.context.size() <= llm::ChatRequest::kMaxContext);
  check_forwarding(request);
  return 0;
}
