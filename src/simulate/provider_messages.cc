// The part of SimulatedProvider that answers Anthropic's Messages.
#include "simulate/anthropic/error_text.h"
#include "simulate/anthropic/message.h"
#include "simulate/provider.h"

namespace pointsman::simulate {

net::Awaitable<> SimulatedProvider::answer_messages(Call call, std::string_view body) {
  call.exchange.watch();
  if (call.fault.answers()) co_return co_await answer_fault(call);
  if (!call.exchange.head().find("anthropic-version")) {
    const std::string text = anthropic::error_body("invalid_request_error", "anthropic-version: header is required");
    co_return co_await refuse(call.exchange, 400, text);
  }
  const auto request = anthropic::parse_messages_request(body, call.key);
  if (!request) co_return co_await refuse(call.exchange, 400, anthropic::refusal_body(request.error()));
  if (!persona_->serves(request->model)) {
    co_return co_await refuse(call.exchange, 404, anthropic::unknown_model_body(request->model));
  }
  const LabelOffer offer = take_question(call, request->label);
  const anthropic::Message message =
      anthropic::compose(*request, offer, call.fault, persona_->options(), persona_->book(), call.key, call.body_bytes);
  std::string text;
  anthropic::append_message(text, message);
  co_await answer_whole(call, message.usage, std::move(text));
}

}  // namespace pointsman::simulate
