// A feed of changes that says what the test wants said.
//
// For tests; one thread. What it says belongs to the test.
#pragma once

#include <array>
#include <utility>

#include "ledger/change_feed.h"

namespace pointsman::test {

struct Said {
  std::array<bool, ledger::kChanges> changed{};
  bool connected = true;
  bool leads = false;
};

class ToldFeed final : public ledger::ChangeFeed {
 public:
  // `said` outlives it.
  explicit ToldFeed(Said& said) : said_(said) {}
  bool take(ledger::Change change) override {
    return std::exchange(said_.changed[static_cast<std::size_t>(change)], false);
  }
  bool connected() const override { return said_.connected; }
  bool leads() const override { return said_.leads; }

 private:
  Said& said_;
};

}  // namespace pointsman::test
