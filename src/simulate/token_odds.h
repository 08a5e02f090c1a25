// The chances of the tokens of a simulated answer, as providers report them with log-probabilities.
// Plain values; the functions are pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::simulate {

// What stands for a probability outside the list of the likeliest (OpenAI API description, ChatCompletionTokenLogprob).
inline constexpr double kOutsideTheList = -9999.0;

struct TokenChance {
  std::string token;
  double logprob = 0;
};

struct TokenOdds {
  double logprob = 0;            // of the token that was written
  std::vector<TokenChance> top;  // the likeliest that could have stood there
};

// A label as a byte-pair vocabulary might cut it: words, each with the separator before it; longer ones in pieces.
std::vector<std::string> label_tokens(std::string_view label);

// The labels that can still be written at one place of an answer.
struct LabelPlace {
  std::span<const std::vector<std::string>> labels;  // their tokens
  std::span<const double> chances;                   // of each label
  std::size_t written = 0;                           // which of them the answer is
  std::size_t token = 0;                             // which of its tokens comes; its number of tokens: what follows it
  std::string_view after;                            // the token behind a label
  double outside = 0;                                // probability of something that is no label
  bool masked = false;  // only labels can be written, so what else is listed is listed as impossible
};

TokenOdds odds_at(const LabelPlace& place, std::uint32_t top);
// Of a token that could hardly be another.
TokenOdds certain_odds(std::string_view token, std::uint32_t top, std::uint64_t key);

}  // namespace pointsman::simulate
