// Short texts of an answer that the gateway keeps: ids, names of models, reasons.
// Pure functions, shared by the protocols' meters.
#pragma once

#include <string>

#include "json/document.h"
#include "llm/observed.h"

namespace pointsman::wire {

// Sets `out` to at most Observed::kMaxName decoded bytes.
void set_name(const json::RawString& raw, std::string& out);
// Adds one, unless kMaxFinished are there.
void add_finish_reason(const json::RawString& reason, llm::Observed& out);
// Consumes a "service_tier"; anything but a string says nothing.
void read_service_tier(json::Cursor& cursor, llm::Usage& out);

}  // namespace pointsman::wire
