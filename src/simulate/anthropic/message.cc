#include "simulate/anthropic/message.h"

#include "http/write.h"
#include "simulate/json_text.h"
#include "simulate/label_answer.h"

namespace pointsman::simulate::anthropic {
namespace {

constexpr std::string_view kSentence = "I would rather describe what was asked for in words.";

void append_count(std::string& out, std::string_view name, std::uint64_t count) {
  out += name;
  http::append_decimal(out, count);
}

// Text in tokens, as many as there may be.
void write_text(Message& out, const Answer& answer, std::uint32_t most) {
  const bool cut = answer.token_ends.size() > most;
  out.usage.completion = cut ? most : answer.token_ends.size();
  out.content = answer.text.substr(0, cut ? answer.token_ends[most - 1] : answer.text.size());
  if (cut) out.stop_reason = "max_tokens";
}

}  // namespace

Message compose(const MessagesRequest& request, const LabelOffer& offer, const Fault& fault,
                const ProviderOptions& options, const AnswerBook& book, std::uint64_t key, std::size_t body_bytes) {
  Message out;
  out.key = key;
  out.model = request.model;
  out.usage.prompt = estimate_tokens(body_bytes);
  out.usage.cached = out.usage.prompt * options.cached_prompt_percent / 100;
  if (fault.kind == FaultKind::kRefusal) {
    out.stop_reason = "refusal";
    out.usage.completion = 1;
    return out;
  }
  if (request.tool) {
    out.tool = *request.tool;
    out.stop_reason = "tool_use";
  }
  const bool words = fault.kind == FaultKind::kWrongJson && request.json_answer;
  if (words) {
    // A model that is told to call a tool and writes words instead; or, for output_config, words instead of JSON.
    out.tool.clear();
    out.stop_reason = "end_turn";
    out.content = kSentence;
    out.usage.completion = estimate_tokens(out.content.size());
  } else if (!offer.labels.empty()) {
    const LabelAnswer said = answer_label(*request.label, offer, *options.teacher, key, fault.kind);
    out.content = said.answer.text;
    out.usage.completion = said.answer.token_ends.size();
    if (said.cut) out.stop_reason = "max_tokens";
    // A tool's input that was cut is not sent in part.
    if (said.cut && request.tool) out.content = "{}";
  } else if (request.json_answer) {
    out.content = *request.json_answer;
    out.usage.completion = estimate_tokens(out.content.size());
  } else {
    write_text(out, book.answer(key), request.max_tokens);
  }
  return out;
}

void append_message(std::string& out, const Message& message) {
  const auto digits = key_digits(message.key);
  const std::string_view id(digits.data(), digits.size());
  out += R"({"id":"msg_sim)";
  out += id;
  out += R"(","type":"message","role":"assistant","model":)";
  append_json_string(out, message.model);
  out += R"(,"content":[)";
  if (!message.tool.empty()) {
    out += R"({"type":"tool_use","id":"toolu_sim)";
    out += id;
    out += R"(","name":)";
    append_json_string(out, message.tool);
    out += R"(,"input":)";
    out += message.content;
    out += '}';
  } else if (!message.content.empty()) {
    out += R"({"type":"text","text":)";
    append_json_string(out, message.content);
    out += '}';
  }
  out += R"(],"stop_reason":")";
  out += message.stop_reason;
  append_count(out, R"(","stop_sequence":null,"usage":{"input_tokens":)", message.usage.prompt - message.usage.cached);
  append_count(out, R"(,"cache_creation_input_tokens":0,"cache_read_input_tokens":)", message.usage.cached);
  append_count(out, R"(,"output_tokens":)", message.usage.completion);
  out += R"(,"service_tier":"standard"}})";
}

}  // namespace pointsman::simulate::anthropic
