// Asking a small language model which label fits a text, and what came back: whatever the protocol.
//
// Plain values. `consult` writes the question and reads the answer; a protocol's folder in wire/ makes bytes of the
// one and the other of bytes. Owned by whoever asks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llm/usage.h"

namespace pointsman::llm {

// How the model is kept to the labels.
enum class LabelStructure : std::uint8_t {
  kJsonSchema,  // {"category": one of the labels[, "confidence": 0 to 1]} by a strict JSON schema
  kChoice,      // the bare label, by the server's own list of choices (vLLM: structured_outputs.choice)
  kToken,       // the bare label and nothing more: every label is one token and a single token may be written
};

// An example: what a user said, and the label that is right for it.
struct LabelExample {
  std::string text;
  std::string label;
};

struct LabelQuestion {
  std::string model;                   // as the provider knows it
  std::string system;                  // at most the budget of the prompt
  std::vector<LabelExample> examples;  // turns before the text, the most important last
  std::string text;
  std::vector<std::string> labels;  // that may be answered, each once
  LabelStructure structure = LabelStructure::kJsonSchema;
  bool confidence = false;  // kJsonSchema: ask for a stated confidence too
  int top_logprobs = 0;     // alternatives for each token that is written; 0: do not ask for log-probabilities
  double temperature = 0;
  int max_tokens = 16;
  std::uint64_t seed = 0;  // sent when it is not 0: samples that should differ
};

// One token that could have stood where another does. `logprob` is a natural logarithm.
struct TokenChance {
  std::string bytes;  // may be part of a character
  float logprob = 0;
};

struct AnswerToken {
  TokenChance chosen;
  std::vector<TokenChance> top;  // with the chosen one, if the provider lists it; the likeliest first
};

struct LabelAnswer {
  std::string text;                 // what the model wrote (for kJsonSchema the JSON text)
  std::vector<AnswerToken> tokens;  // of `text`, in order; empty: the provider gives none
  bool refused = false;             // the provider says that the model would not answer
  bool cut = false;                 // it ran into max_tokens
  Usage usage;
};

}  // namespace pointsman::llm
