// Simulated conversations: who asks what, how long prompts and answers are, and how much time passes.
// Plain values, pure; a seed always gives the same talks.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/rng.h"

namespace pointsman::bench {

enum class Talk : std::uint8_t {
  kAgent,      // a coding agent: each wish of its user starts a loop of tool calls, whose results make it grow
  kTextAgent,  // an agent whose tools answer in the user's name, so that every step is classified anew
  kSupport,    // a support chat: a system prompt with the company's texts, short turns, a person who takes their time
  kOneShot,    // a single question
};
inline constexpr Talk kTalks[] = {Talk::kAgent, Talk::kTextAgent, Talk::kSupport, Talk::kOneShot};
std::string_view to_string(Talk talk);

// The categories of Turn::category, by difficulty.
inline constexpr std::string_view kTalkCategories[] = {"simple", "tools", "code", "hard"};

struct Turn {
  int category = 0;
  bool tool_results = false;
  std::int64_t prompt = 0;  // tokens, all of the conversation so far
  std::int64_t answer = 0;
  std::chrono::seconds after{};  // the turn before
};

// The turns of one conversation.
std::vector<Turn> simulate_talk(Talk talk, base::Rng& rng);

}  // namespace pointsman::bench
