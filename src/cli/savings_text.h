// A report of savings for people, and as CSV (RFC 4180) for spreadsheets.
// Pure; writes to the output it is given.
#pragma once

#include <string>

#include "cli/output.h"
#include "ledger/savings.h"

namespace pointsman::cli {

void print_savings(const ledger::SavingsReport& report, Output& out);

// A header, a line for each line of the report, and the total. Names that a spreadsheet would take for a formula begin
// with an apostrophe.
std::string savings_csv(const ledger::SavingsReport& report);

}  // namespace pointsman::cli
