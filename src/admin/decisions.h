// GET /decisions: the ledger's entries, the newest first, a page at a time.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include <array>

#include "admin/endpoint.h"
#include "json/writer.h"

namespace pointsman::admin {

inline constexpr std::array<std::string_view, 10> kDecisionsQuery = {"since",   "until", "category", "model", "stage",
                                                                     "outcome", "key",   "fallback", "limit", "cursor"};

base::Result<Answer> get_decisions(Call& call);

// A stretch of a list: its rows, and what people said of each (label_of).
struct DecisionRows {
  std::vector<ledger::Entry> entries;
  std::vector<std::optional<std::string>> labels;  // one for each entry
};
base::Result<DecisionRows> with_labels(Call& call, std::vector<ledger::Entry> entries);
// "items": [...], "next": what to go on behind, or null where there is no more.
void write_rows(json::Writer& out, const DecisionRows& rows, bool more);

}  // namespace pointsman::admin
