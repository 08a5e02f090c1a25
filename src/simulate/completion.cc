#include "simulate/completion.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/write.h"
#include "simulate/json_text.h"
#include "simulate/label_answer.h"

namespace pointsman::simulate {
namespace {

constexpr std::size_t kJsonTokenBytes = 4;

Answer tokens_of(std::string text) {
  Answer out{std::move(text), {}};
  for (std::size_t at = 0; at < out.text.size();) {
    at = piece_end(out.text, at, kJsonTokenBytes);
    out.token_ends.push_back(static_cast<std::uint32_t>(at));
  }
  return out;
}

bool calls_tools(const ChatRequest& request, const Directives& directives, const ProviderOptions& options) {
  if (request.tools.empty() || request.tool_choice == ToolChoice::kNone) return false;
  if (directives.tools != ToolHint::kAsConfigured) return directives.tools == ToolHint::kCall;
  if (request.tool_choice == ToolChoice::kRequired) return true;
  return options.tools == ToolUse::kWhenOffered && !request.answers_tool;
}

void cut(Answer& answer, std::size_t tokens) {
  answer.token_ends.resize(tokens);
  answer.text.resize(tokens == 0 ? 0 : answer.token_ends.back());
}

void stop_at(Answer& answer, const std::vector<std::string>& stops) {
  std::size_t end = answer.text.size();
  for (const std::string& stop : stops) {
    if (!stop.empty()) end = std::min(end, answer.text.find(stop));
  }
  if (end >= answer.text.size()) return;
  answer.text.resize(end);
  while (answer.token_ends.size() > 1 && answer.token_ends[answer.token_ends.size() - 2] >= end) {
    answer.token_ends.pop_back();
  }
  answer.token_ends.back() = static_cast<std::uint32_t>(end);
  if (end == 0) answer.token_ends.clear();
}

Choice text_choice(const ChatRequest& request, const Directives& directives, const AnswerBook& book,
                   std::uint64_t key) {
  Choice out;
  if (request.json_answer) {
    out.answer = tokens_of(*request.json_answer);
  } else {
    out.answer = directives.tokens ? book.answer(key, *directives.tokens) : book.answer(key);
  }
  const std::size_t natural = out.answer.token_ends.size();
  stop_at(out.answer, request.stop);
  if (request.max_tokens && *request.max_tokens < out.answer.token_ends.size()) {
    cut(out.answer, *request.max_tokens);
    if (natural > *request.max_tokens) out.finish_reason = "length";
  }
  return out;
}

Choice tool_choice(const ChatRequest& request, std::uint64_t key) {
  Choice out;
  out.finish_reason = "tool_calls";
  const std::size_t first = key % request.tools.size();
  const std::size_t count = request.parallel_tools && request.tools.size() > 1 && (key >> 32) % 2 == 1 ? 2 : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const OfferedTool& tool = request.tools[(first + i) % request.tools.size()];
    const auto digits = key_digits(key + i);
    out.calls.push_back({"call_sim" + std::string(digits.data(), digits.size()), tool.name, tool.arguments});
  }
  return out;
}

// An object without its closing brace.
void append_token(std::string& out, std::string_view token, double logprob) {
  out += R"({"token":)";
  append_json_string(out, token);
  out += R"(,"logprob":)";
  out += logprob <= kOutsideTheList ? "-9999.0" : fmt::format("{:.8g}", logprob);
  out += R"(,"bytes":[)";
  for (const char& c : token) {
    if (&c != token.data()) out += ',';
    http::append_decimal(out, static_cast<unsigned char>(c));
  }
  out += ']';
}

std::uint64_t tokens_in(const Choice& choice) {
  std::uint64_t total = choice.answer.token_ends.size();
  for (const ToolCall& call : choice.calls) total += estimate_tokens(call.name.size() + call.arguments.size());
  return total;
}

void count_usage(Completion& out, const ProviderOptions& options, std::size_t body_bytes) {
  for (const Choice& choice : out.choices) out.usage.completion += tokens_in(choice);
  out.usage.reasoning = options.reasoning_tokens;
  out.usage.completion += options.reasoning_tokens;
  out.usage.prompt = estimate_tokens(body_bytes);
  out.usage.cached = out.usage.prompt * options.cached_prompt_percent / 100;
}

void append_message(std::string& out, const Choice& choice) {
  out += R"({"role":"assistant","content":)";
  if (choice.calls.empty() && choice.refusal.empty()) {
    append_json_string(out, choice.answer.text);
  } else {
    out += "null";
  }
  if (!choice.calls.empty()) {
    out += R"(,"tool_calls":[)";
    for (const ToolCall& call : choice.calls) {
      if (&call != choice.calls.data()) out += ',';
      out += R"({"id":")";
      out += call.id;
      out += R"(","type":"function","function":{"name":)";
      append_json_string(out, call.name);
      out += R"(,"arguments":)";
      append_json_string(out, call.arguments);
      out += "}}";
    }
    out += ']';
  }
  out += R"(,"refusal":)";
  if (choice.refusal.empty()) {
    out += "null";
  } else {
    append_json_string(out, choice.refusal);
  }
  out += '}';
}

}  // namespace

std::array<char, 16> key_digits(std::uint64_t key) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::array<char, 16> out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = kHex[(key >> (60 - 4 * i)) & 15];
  return out;
}

Completion compose(const ChatRequest& request, const Directives& directives, const ProviderOptions& options,
                   const AnswerBook& book, std::uint64_t key, std::size_t body_bytes) {
  Completion out;
  out.key = key;
  out.model = request.model;
  out.logprobs = request.logprobs;
  const bool calls = calls_tools(request, directives, options);
  for (std::uint32_t i = 0; i < request.n; ++i) {
    out.choices.push_back(calls ? tool_choice(request, key + i) : text_choice(request, directives, book, key + i));
  }
  count_usage(out, options, body_bytes);
  return out;
}

Completion compose_labels(const ChatRequest& request, const LabelOffer& offer, const Fault& fault,
                          const ProviderOptions& options, std::uint64_t key, std::size_t body_bytes) {
  Completion out;
  out.key = key;
  out.model = request.model;
  out.logprobs = request.logprobs;
  const std::uint64_t first = request.label->seed.value_or(key);
  for (std::uint32_t i = 0; i < request.n; ++i) {
    LabelAnswer said = answer_label(*request.label, offer, *options.teacher, first + i, fault.kind);
    Choice& choice = out.choices.emplace_back();
    choice.answer = std::move(said.answer);
    choice.odds = std::move(said.odds);
    if (said.cut) choice.finish_reason = "length";
  }
  count_usage(out, options, body_bytes);
  return out;
}

void spoil(Completion& completion, const ChatRequest& request, const Fault& fault) {
  const bool json = request.json_answer.has_value();
  if (fault.kind != FaultKind::kRefusal && !(fault.kind == FaultKind::kWrongJson && json)) return;
  for (Choice& choice : completion.choices) {
    const std::string_view finish = choice.finish_reason;
    choice = {};
    if (fault.kind == FaultKind::kRefusal) {
      choice.refusal = "I'm sorry, I can't help with that.";
    } else {
      choice.answer = tokens_of("I think this is what was asked for: nothing.");
      choice.finish_reason = finish == "length" ? finish : "stop";
    }
  }
}

void append_usage(std::string& out, const TokenUsage& usage) {
  out += R"({"prompt_tokens":)";
  http::append_decimal(out, usage.prompt);
  out += R"(,"completion_tokens":)";
  http::append_decimal(out, usage.completion);
  out += R"(,"total_tokens":)";
  http::append_decimal(out, usage.prompt + usage.completion);
  out += R"(,"prompt_tokens_details":{"cached_tokens":)";
  http::append_decimal(out, usage.cached);
  out += R"(,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":)";
  http::append_decimal(out, usage.reasoning);
  out += R"(,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}})";
}

void append_logprobs(std::string& out, const Completion& completion, const Choice& choice, std::size_t first,
                     std::size_t last) {
  out += R"("logprobs":)";
  if (!completion.logprobs || !choice.calls.empty()) {
    out += "null";
    return;
  }
  out += R"({"content":[)";
  for (std::size_t i = first; i < last; ++i) {
    const std::size_t begin = i == 0 ? 0 : choice.answer.token_ends[i - 1];
    const std::string_view token(choice.answer.text.data() + begin, choice.answer.token_ends[i] - begin);
    if (i > first) out += ',';
    const bool known = i < choice.odds.size();
    const double made_up = -0.1 * static_cast<double>(1 + (completion.key + i) % 9);
    append_token(out, token, known ? choice.odds[i].logprob : made_up);
    out += R"(,"top_logprobs":[)";
    for (std::size_t k = 0; known && k < choice.odds[i].top.size(); ++k) {
      if (k > 0) out += ',';
      append_token(out, choice.odds[i].top[k].token, choice.odds[i].top[k].logprob);
      out += '}';
    }
    out += "]}";
  }
  out += R"(],"refusal":null})";
}

void append_completion(std::string& out, const Completion& completion, bool with_usage) {
  const auto digits = key_digits(completion.key);
  out += R"({"id":"chatcmpl-sim)";
  out.append(digits.data(), digits.size());
  out += R"(","object":"chat.completion","created":)";
  out += std::to_string(completion.created);
  out += R"(,"model":)";
  append_json_string(out, completion.model);
  out += R"(,"system_fingerprint":")";
  out += completion.fingerprint;
  out += R"(","choices":[)";
  for (std::size_t i = 0; i < completion.choices.size(); ++i) {
    const Choice& choice = completion.choices[i];
    out += i == 0 ? R"({"index":)" : R"(,{"index":)";
    http::append_decimal(out, i);
    out += R"(,"message":)";
    append_message(out, choice);
    out += ',';
    append_logprobs(out, completion, choice, 0, choice.answer.token_ends.size());
    out += R"(,"finish_reason":")";
    out += choice.finish_reason;
    out += "\"}";
  }
  out += ']';
  if (with_usage) {
    out += R"(,"usage":)";
    append_usage(out, completion.usage);
  }
  out += "}";
}

}  // namespace pointsman::simulate
