// Entry -> one JSON object: what `pointsman log --json` and the dashboard show.
//
// Keys are the fields' names; times are UTC strings, durations whole microseconds (`*_us`), money plain decimal dollars
// (`*_usd`), hashes hexadecimal strings. Unknown values are null, never zero (I6). Bytes that are not UTF-8 come out as
// U+FFFD, so the result is always valid JSON.
#pragma once

#include <string>

#include "ledger/entry.h"

namespace pointsman::ledger {

void append_json(std::string& out, const Entry& entry);
std::string to_json(const Entry& entry);

}  // namespace pointsman::ledger
