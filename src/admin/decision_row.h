// One line of a list of decisions (DecisionRow of docs/admin-api.md): what GET /decisions, the examples of GET /quality
// and the live tail all send.
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "json/writer.h"
#include "ledger/entry.h"

namespace pointsman::admin {

// Of a text that was kept, a row has the beginning.
inline constexpr std::size_t kMostRowText = 400;

// `labelled` is what a person said that it should have been: a category, empty for none of them, nothing where nobody
// has said.
void write_decision_row(json::Writer& out, const ledger::Entry& entry, const std::optional<std::string>& labelled);

}  // namespace pointsman::admin
