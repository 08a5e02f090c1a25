#include "simulate/event_source.h"

#include <algorithm>

#include "http/write.h"
#include "simulate/json_text.h"

namespace pointsman::simulate {
namespace {

constexpr std::size_t kArgumentBytes = 8;  // of a tool call's arguments per chunk, two tokens

}  // namespace

EventSource::EventSource(const Completion& completion, const StreamShape& shape)
    : completion_(completion), shape_(shape) {
  const auto digits = key_digits(completion.key);
  lead_ = R"(data: {"id":"chatcmpl-sim)";
  lead_.append(digits.data(), digits.size());
  lead_ += R"(","object":"chat.completion.chunk","created":)";
  lead_ += std::to_string(completion.created);
  lead_ += R"(,"model":)";
  append_json_string(lead_, completion.model);
  lead_ += R"(,"system_fingerprint":")";
  lead_ += completion.fingerprint;
  lead_ += R"(","choices":[)";
}

bool EventSource::next(std::string& out) {
  out.clear();
  paced_ = false;
  switch (state_) {
    case State::kRole:
      next_role(out);
      return true;
    case State::kContent:
      next_content(out);
      return true;
    case State::kFinish:
      next_finish(out);
      return true;
    case State::kUsage:
      begin(out);
      end(out, true);
      state_ = State::kDone;
      return true;
    case State::kDone:
      state_ = State::kOver;
      if (!shape_.with_done) return false;
      out = "data: [DONE]\n\n";
      return true;
    case State::kOver:
      break;
  }
  return false;
}

void EventSource::begin(std::string& out) const {
  out += lead_;
}

void EventSource::begin_choice(std::string& out) const {
  begin(out);
  out += R"({"index":)";
  http::append_decimal(out, choice_);
  out += R"(,"delta":)";
}

void EventSource::end(std::string& out, bool usage) const {
  out += ']';
  if (usage) {
    out += R"(,"usage":)";
    append_usage(out, completion_.usage);
  } else if (shape_.include_usage && shape_.usage == UsageStyle::kAsAsked) {
    out += R"(,"usage":null)";
  }
  out += "}\n\n";
}

void EventSource::to_content_or_finish() {
  const Choice& choice = completion_.choices[choice_];
  const bool more = choice.calls.empty() ? token_ < choice.answer.token_ends.size() : call_ < choice.calls.size();
  state_ = more ? State::kContent : State::kFinish;
}

void EventSource::next_role(std::string& out) {
  const Choice& choice = completion_.choices[choice_];
  begin_choice(out);
  out += R"({"role":"assistant","content":)";
  if (!choice.refusal.empty()) {
    out += R"(null,"refusal":)";
    append_json_string(out, choice.refusal);
    out += '}';
  } else {
    out += choice.calls.empty() ? R"("","refusal":null})" : "null}";
  }
  out += R"(,"logprobs":null,"finish_reason":null})";
  end(out, choice_ == 0 && shape_.usage == UsageStyle::kEarly);
  to_content_or_finish();
}

void EventSource::next_content(std::string& out) {
  paced_ = true;
  begin_choice(out);
  if (completion_.choices[choice_].calls.empty()) {
    next_text(out);
  } else {
    next_call(out);
  }
  out += R"(,"finish_reason":null})";
  end(out, false);
  to_content_or_finish();
}

void EventSource::next_text(std::string& out) {
  const Choice& choice = completion_.choices[choice_];
  const auto& ends = choice.answer.token_ends;
  const std::size_t first = token_;
  std::size_t stop = 0;
  if (shape_.chunk_bytes > 0) {
    stop = piece_end(choice.answer.text, byte_, shape_.chunk_bytes);
    while (token_ < ends.size() && ends[token_] <= stop) ++token_;
  } else {
    token_ = std::min<std::size_t>(ends.size(), token_ + std::max<std::uint32_t>(shape_.tokens_per_chunk, 1));
    stop = ends[token_ - 1];
  }
  out += R"({"content":)";
  append_json_string(out, std::string_view(choice.answer.text).substr(byte_, stop - byte_));
  out += "},";
  append_logprobs(out, completion_, choice, first, token_);
  byte_ = stop;
  tokens_ += token_ - first;
}

void EventSource::next_call(std::string& out) {
  const ToolCall& call = completion_.choices[choice_].calls[call_];
  out += R"({"tool_calls":[{"index":)";
  http::append_decimal(out, call_);
  if (!call_begun_) {
    out += R"(,"id":")";
    out += call.id;
    out += R"(","type":"function","function":{"name":)";
    append_json_string(out, call.name);
    out += R"(,"arguments":""}}]})";
    call_begun_ = true;
    tokens_ += estimate_tokens(call.name.size() + call.arguments.size()) - call.arguments.size() / 4;
  } else {
    const std::size_t bytes = shape_.chunk_bytes > 0 ? shape_.chunk_bytes : kArgumentBytes;
    const std::size_t stop = piece_end(call.arguments, byte_, bytes);
    out += R"(,"function":{"arguments":)";
    append_json_string(out, std::string_view(call.arguments).substr(byte_, stop - byte_));
    out += "}}]}";
    tokens_ += stop / 4 - byte_ / 4;
    byte_ = stop;
    if (stop == call.arguments.size()) {
      ++call_;
      byte_ = 0;
      call_begun_ = false;
    }
  }
  out += R"(,"logprobs":null)";
}

void EventSource::next_finish(std::string& out) {
  begin_choice(out);
  out += R"({},"logprobs":null,"finish_reason":")";
  out += completion_.choices[choice_].finish_reason;
  out += "\"}";
  const bool last = choice_ + 1 == completion_.choices.size();
  end(out, last && shape_.usage == UsageStyle::kWithFinish);
  if (last) {
    state_ = shape_.include_usage && shape_.usage == UsageStyle::kAsAsked ? State::kUsage : State::kDone;
    return;
  }
  ++choice_;
  token_ = byte_ = call_ = 0;
  state_ = State::kRole;
}

}  // namespace pointsman::simulate
