// Makes a conversation fit a context window: which tool results are masked, which whole turns are left out.
//
// Pure: a function of the outline, the token counts and the rules. What is kept is kept byte for byte.
//
// Always kept: tools and the system prompt, system and developer messages wherever they stand, the last turn (the last
// message in which a user says something, and all behind it; but see below), and turns that refer to what we do not
// see. First the contents of tool results before the last turn are replaced by kTrimNote, oldest first, where that
// saves tokens; then whole turns are left out, oldest first, each with all of its calls, results and reasoning.
// Messages of the assistant are kept whole or not at all, so signed thinking is never touched. Where a result shares
// its message with what the user says next, the turns on both sides go together. Where the last turn alone outgrows the
// window (an agent's long run of tool calls), its tool results are masked, too, oldest first, but for the newest
// TrimRules::keep_results of them; the calls and all that the assistant says stay.
//
// How the cut stays where it is while a conversation grows, though nothing is remembered between requests: the plan is
// made by replay. The items are taken one after another, as they once came. When the prompt so far exceeds the limit,
// the cut moves in one large step until the prompt is down at the low-water mark; otherwise it stays. So the cut after
// n items depends on these items only, every later request of the same conversation finds it again, and it moves about
// once in (limit - low-water mark) tokens of growth; between two moves the provider's cache holds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llm/outline.h"

namespace pointsman::llm {

// What stands for a tool result that was masked.
inline constexpr std::string_view kTrimNote = "[Tool result removed: it no longer fits the context window.]";

struct TrimCounts {
  std::span<const std::int64_t> items;    // tokens of each item of the outline, with its overhead
  std::span<const std::int64_t> results;  // tokens of the content of each result of the outline
  std::int64_t note = 0;                  // tokens of kTrimNote as the content of a result
  std::int64_t fixed = 0;                 // what is not among the items: tools, separate system prompt, priming
};

struct TrimRules {
  std::int64_t limit = 0;  // most tokens of the prompt
  // How far a step goes down, as a share of what the limit leaves beside what always stays.
  double low_water = 0.6;
  // Results of the last turn that are never masked, the newest; those of one message are kept or not one by one.
  std::uint32_t keep_results = 4;
  // Room kept for the summary of what was left out, frame included; 0: there shall be none.
  std::int64_t summary = 0;
};

struct TrimPlan {
  bool fits = false;                   // if not, nothing is changed
  std::vector<std::uint32_t> masked;   // results of the outline, ascending; none of a removed item
  std::vector<std::uint32_t> removed;  // items of the outline, ascending
  std::uint32_t removed_turns = 0;
  // Where a summary of the removed items goes: at the front of what the user says in this item, the beginning of the
  // first turn behind them. A text inside of a user's message is valid in all three protocols and leaves roles
  // alternating for servers that insist on that. kNoIndex: nothing was removed, or there is no room for a summary.
  std::uint32_t summary_item = kNoIndex;
  std::int64_t tokens_before = 0;
  std::int64_t tokens_after = 0;  // room for the summary included
  std::int64_t limit = 0;
  std::int64_t least = 0;  // where it does not fit: the smallest prompt that the rules allow

  bool changes() const { return !masked.empty() || !removed.empty(); }
};

// `counts` has one number for each item and result; negative ones count as 0. If it fits only without a summary, there
// is no place for one. O(items + results).
TrimPlan plan_trim(const Outline& outline, const TrimCounts& counts, const TrimRules& rules);

// For a header and the ledger: "masked 3 tool results, removed 4 turns (12 messages), 131072 -> 61000 tokens",
// "unchanged, 4711 tokens" or "does not fit: 140000 tokens, at least 132000 of 128000".
std::string describe(const TrimPlan& plan);

}  // namespace pointsman::llm
