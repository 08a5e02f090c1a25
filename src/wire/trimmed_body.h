// From a body to its trimmed form: the outline in whatever protocol, and a plan as edits that leave all other bytes
// alone.
//
// Pure. Removed elements go with one comma and the space around it, so what is left of the array depends only on what
// is kept: the trimmed bodies of a growing conversation begin alike for as long as the cut stays.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "json/splice.h"
#include "llm/outline.h"
#include "llm/trim.h"

namespace pointsman::wire {

// By the protocol's own reader. kUnsupported for protocols without conversations.
base::Result<void> read_outline(llm::Protocol protocol, std::string_view body, json::Document& document,
                                llm::Outline& out);

// Stands before a summary, so that the model does not take it for the user's words.
inline constexpr std::string_view kSummaryHead =
    "[Summary of the earlier conversation, which no longer fits the context window]\n";

// Resets `edits` over `body` and puts in what `plan` says. A summary that is not empty goes in at plan.summary_item: as
// the beginning of what the user says if that is a string, as a text part of its own if it is an array.
// kInvalidArgument of the gateway if the plan is not of this outline or the outline not of this body; `edits` is then
// without effect.
base::Result<void> splice_trim(std::string_view body, const llm::Outline& outline, const llm::TrimPlan& plan,
                               std::string_view summary, json::Splices& edits);

}  // namespace pointsman::wire
