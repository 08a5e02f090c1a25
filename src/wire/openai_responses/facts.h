// What a response object says of itself, in a whole body as in the events of a stream that carry one.
//
// Pure functions, any thread (openapi.yaml: Response, ResponseUsage).
#pragma once

#include "json/document.h"
#include "llm/observed.h"
#include "llm/usage.h"

namespace pointsman::wire::openai_responses {

// Reads a usage object at the cursor into `out`; members of other types stay unknown.
void read_usage(json::Cursor& cursor, llm::Usage& out);

// The "reason" of an "incomplete_details" object at the cursor. False if there is none.
bool read_reason(json::Cursor& cursor, json::RawString& out);

// Reads the response object at the cursor: id, model, usage, error. With `finished`, adds why it ended:
// incomplete_details.reason where there is one, else its status.
void read_response(json::Cursor& cursor, bool finished, llm::Observed& out);

}  // namespace pointsman::wire::openai_responses
