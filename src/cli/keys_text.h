// Virtual keys as people and programs read them. Never a secret: there is none in what is given.
// Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/output.h"
#include "ledger/key_store.h"
#include "ledger/spend.h"

namespace pointsman::cli {

struct ShownBudget {
  ledger::KeyBudget budget;
  ledger::Spend spent;  // in the present period
};

struct ShownKey {
  ledger::Key key;
  std::optional<ledger::Spend> month;  // since the first of the month; nothing where there is no ledger
  std::vector<ShownBudget> budgets;    // where there is one
};

void print_keys(std::span<const ShownKey> keys, base::WallTime now, Output& out);
// All of one key, and what was done to it.
void print_key(const ShownKey& one, std::span<const ledger::KeyEvent> events, base::WallTime now, Output& out);
// One JSON object, {"keys": [...]}. Money as a decimal number of dollars in a string.
std::string keys_json(std::span<const ShownKey> keys, base::WallTime now);

}  // namespace pointsman::cli
