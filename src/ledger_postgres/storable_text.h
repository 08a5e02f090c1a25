// Texts as PostgreSQL takes them: well-formed UTF-8 without a zero byte.
// Pure.
#pragma once

#include <string>
#include <string_view>

namespace pointsman::ledger_postgres {

// The text itself if it may be stored; else with U+FFFD in place of each part that may not. What is compared with a
// stored text goes through this too; where the bytes matter, the column is one of bytes.
std::string storable_text(std::string_view text);

}  // namespace pointsman::ledger_postgres
