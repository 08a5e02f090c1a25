// What asking the small model about one request came to, beside the opinion itself. Plain values; part of the decision,
// and kept in the ledger.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/money.h"
#include "llm/usage.h"

namespace pointsman::gateway {

struct OpinionNote {
  bool hedged = false;  // a second call was made because the first took long
  llm::Usage usage;     // of the calls made for this request; none if others had asked the same
  std::optional<base::Money> cost;
  base::Duration took{};
  std::string_view reason;  // why there is no opinion, in words; a literal, may be empty
};

}  // namespace pointsman::gateway
