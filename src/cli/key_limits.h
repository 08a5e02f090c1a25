// What a key may do, as options of `pointsman keys create` and `update` say it: budgets, rates, models, categories,
// expiry. Belongs to the command that reads them; one thread.
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
  std::vector<std::string> cleared;  // of a key that is there: "expires", "models", "rpm", "budget=month", ...

  void add_options(CLI::App& command);
  // For a key that is there: what it shall have no more.
  void add_clear_option(CLI::App& command);
  // Takes away what was to be cleared, then sets what was given; the rest stays. kInvalidArgument, saying what may be
  // written instead.
  base::Result<void> apply(ledger::Key& key, base::WallTime now) const;

 private:
  static base::Result<void> clear(ledger::Key& key, const std::string& what);
  base::Result<void> set_budgets(ledger::Key& key) const;
};

}  // namespace pointsman::cli
