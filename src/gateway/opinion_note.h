// What asking the small model about one request came to, beside the opinion itself. Plain values; part of the decision,
// and kept in the ledger.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/money.h"
#include "llm/usage.h"

namespace pointsman::gateway {

// What asking has used and cost so far. As long as a call of it is under way, or ended without saying what it used, the
// cost is unknown.
struct OpinionBill {
  llm::Usage usage;
  std::optional<base::Money> cost;
};

struct OpinionNote {
  bool hedged = false;  // a second call was made because the first took long
  OpinionBill bill;     // of the calls made for this request; nothing if others had asked the same
  base::Duration took{};
  std::string_view reason;  // why there is no opinion, in words; a literal, may be empty
};

}  // namespace pointsman::gateway
