// A simulated answer as a value, and its text as one JSON body. Pure.
// Plain values of one request, on its loop.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/answer_book.h"
#include "simulate/chat_request.h"
#include "simulate/directives.h"
#include "simulate/options.h"
#include "simulate/token_odds.h"

namespace pointsman::simulate {

struct LabelOffer;

struct TokenUsage {
  std::uint64_t prompt = 0;  // cached included
  std::uint64_t cached = 0;
  std::uint64_t completion = 0;  // reasoning included
  std::uint64_t reasoning = 0;
};

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;
};

struct Choice {
  Answer answer;  // empty if there are calls
  std::vector<ToolCall> calls;
  std::vector<TokenOdds> odds;  // of each token of the answer; empty: they are made up
  std::string refusal;          // what it says instead of an answer
  std::string_view finish_reason = "stop";
};

struct Completion {
  std::uint64_t key = 0;
  std::string model;
  std::string fingerprint;
  std::int64_t created = 0;
  bool logprobs = false;
  std::vector<Choice> choices;
  TokenUsage usage;
};

// Sixteen hexadecimal digits: ids are made of the request's key.
std::array<char, 16> key_digits(std::uint64_t key);

// Four bytes a token, roughly English; never 0.
constexpr std::uint64_t estimate_tokens(std::uint64_t bytes) {
  return bytes / 4 + 1;
}

// Decides everything about the answer but when it comes. `created` and `fingerprint` are left to the caller.
Completion compose(const ChatRequest& request, const Directives& directives, const ProviderOptions& options,
                   const AnswerBook& book, std::uint64_t key, std::size_t body_bytes);
// The same for a question that the options' teacher answers. `offer` is not empty.
Completion compose_labels(const ChatRequest& request, const LabelOffer& offer, const Fault& fault,
                          const ProviderOptions& options, std::uint64_t key, std::size_t body_bytes);
// What the fault makes of an answer's content: kRefusal, and kWrongJson where JSON was asked for.
void spoil(Completion& completion, const ChatRequest& request, const Fault& fault);

void append_usage(std::string& out, const TokenUsage& usage);
// `"logprobs":null` or the log-probabilities of the tokens [first, last) of the choice.
void append_logprobs(std::string& out, const Completion& completion, const Choice& choice, std::size_t first,
                     std::size_t last);
void append_completion(std::string& out, const Completion& completion, bool with_usage);

}  // namespace pointsman::simulate
