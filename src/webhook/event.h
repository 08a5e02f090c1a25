// What there is to announce about budgets, and the JSON document that a webhook carries.
//
// Plain values, pure functions. A document names whose budget it is and figures, never prompts, keys' secrets or the
// names of end users: of those only the hash that the gateway counts them by. Documents of one `version` only gain
// members.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/uuid.h"
#include "limits/quota_outcome.h"
#include "limits/refusal_log.h"

namespace pointsman::webhook {

inline constexpr int kDocumentVersion = 1;

enum class EventType : std::uint8_t {
  kBudgetWarning,       // a share of it is used (access.warn_at)
  kBudgetExhausted,     // all of it is used
  kBudgetRefused,       // a first request was refused because it may cost more than is left
  kFallbackCapReached,  // the cap on what doubt may cost turned a first request away from the fallback
  kTest,                // somebody tries a webhook
};
std::string_view to_string(EventType type);  // "budget.warning", ...

// Whose budget: a node of the tree of quotas, taken apart.
struct Holder {
  std::string owner;     // "acme/search"
  std::string key;       // empty: the owner's own budget
  std::string end_user;  // hash; empty: no single end user
};
// "acme/search@key#00f3..."; the parts that are not there stay empty.
Holder holder_of(std::string_view node);

struct BudgetFigures {
  Holder holder;
  limits::Period period = limits::Period::kDay;
  std::optional<base::WallTime> resets_at;  // nothing for a total
  limits::LimitKind unit = limits::LimitKind::kMoney;
  std::int64_t limit = 0;  // nano-dollars or tokens, as the three below
  std::int64_t used = 0;
  std::int64_t reserved = 0;
  std::optional<std::int64_t> asked;  // what the refused request may have cost
  std::optional<int> percent;         // the threshold
};

struct Event {
  EventType type = EventType::kTest;
  base::WallTime time{};
  std::optional<BudgetFigures> budget;  // nothing for a test
};

Event event_of(const limits::ThresholdEvent& threshold, base::WallTime now);
Event event_of(const limits::Refusal& refusal);
Event event_of_cap(const limits::Refusal& refusal);

// The document; `instance` says which gateway speaks.
std::string document(const Event& event, const base::Uuid& id, std::string_view instance);
// One line for the log.
std::string sentence(const Event& event);

}  // namespace pointsman::webhook
