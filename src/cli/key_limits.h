// What a key may do, as options of `pointsman keys create` say it: budgets, rates, models, categories, expiry.
// Belongs to the command that reads them; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ledger/key.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

struct KeyLimits {
  std::string expires;
  std::vector<std::string> models;
  std::vector<std::string> categories;
  std::vector<std::string> budgets;                     // "month=50"
  std::array<std::optional<std::int64_t>, 4> tokens{};  // by ledger::KeyPeriod
  ledger::KeyRates rates;

  void add_options(CLI::App& command);
  // Sets what was given. kInvalidArgument, saying what may be written instead.
  base::Result<void> apply(ledger::Key& key, base::WallTime now) const;
};

}  // namespace pointsman::cli
