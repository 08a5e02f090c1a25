// links: pm_wire
// parses: wire/openai_chat/request wire/openai_chat/messages json/cursor json/fault json/splice
// Chat Completions bodies: the fast reader agrees with the slow inspector, and what we forward reads back as intended.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "json/fault.h"
#include "wire/openai_chat/forward.h"
#include "wire/openai_chat/request.h"

namespace {

using namespace pointsman;
namespace chat = wire::openai_chat;

void require(bool good) {
  if (!good) std::abort();
}

void check_forwarding(const llm::ChatRequest& request) {
  static chat::Reader reader;
  static llm::ChatRequest again;
  static json::Splices splices;
  const auto injected = chat::forward_body(request, {.model = "up\"stream", .ask_usage = true}, splices);
  require(injected.has_value());
  const std::string body = splices.to_string();
  require(body.size() == splices.size());
  const auto read = chat::read_chat_request(body, reader, again);
  require(read.has_value());
  require(again.model == "up\"stream");
  require(again.include_usage == (request.include_usage || *injected));
  require(again.text == request.text && again.context == request.context);
  require(again.conversation == request.conversation && again.messages == request.messages);
  require(again.needs.capabilities == request.needs.capabilities && again.stream == request.stream);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static chat::Reader reader;
  static json::Document document;
  static llm::ChatRequest request;
  // An exact block of its own, so that a read behind the body is seen.
  const std::unique_ptr<char[]> exact(new char[size]);
  std::copy(data, data + size, exact.get());
  const std::string_view body(exact.get(), size);

  const bool valid = !json::find_fault(body).has_value();
  require(document.validate(body).has_value() == valid);
  const auto read = chat::read_chat_request(body, reader, request);
  if (!read) {
    require((read.error().code() == base::ErrorCode::kParse) == !valid);
    return 0;
  }
  require(valid);
  require(request.text.size() <= llm::ChatRequest::kMaxText && request.context.size() <= llm::ChatRequest::kMaxContext);
  require(json::find_invalid_utf8(request.text) == std::string_view::npos);
  check_forwarding(request);
  return 0;
}
