// What people said of decisions, as the pages of the dashboard show it.
// Pure.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "json/writer.h"
#include "ledger/feedback.h"

namespace pointsman::admin {

// The category that a person named last, empty for none of them; nothing where nobody has.
std::optional<std::string> label_of(std::span<const ledger::Feedback> said);

// FeedbackItem of docs/admin-api.md.
void write_feedback_item(json::Writer& out, const ledger::Feedback& said);

}  // namespace pointsman::admin
