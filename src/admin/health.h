// What may be wrong with a gateway that can be seen without asking anybody: the checks behind GET /status.
//
// Pure: what there is to know comes in as facts, the day too. Each check gives one item: what was looked at, how it
// is, one sentence, and what to do about it (empty where there is nothing to do).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "config/problem.h"
#include "route/catalogue_check.h"

namespace pointsman::admin {

enum class HealthState : std::uint8_t { kOk, kWarn, kBad };
std::string_view to_string(HealthState state);  // "ok", "warn", "bad"

struct HealthItem {
  std::string what;
  HealthState state = HealthState::kOk;
  std::string text;
  std::string fix;  // a command, or a line for the configuration
};

// The configuration file as it is now; `changed`: it would load, as another configuration than the one in force.
struct FileFacts {
  std::string path;  // empty: there is none
  bool readable = true;
  bool changed = false;
  std::size_t problems = 0;
  std::string first;  // of the problems, as a line
};
HealthItem check_file(const FileFacts& facts);

struct LedgerFacts {
  std::string failure;  // why it takes no more entries; empty: it does
  std::int64_t entries = 0;
  std::uint64_t bytes = 0;
  std::int64_t max_bytes = 0;
  std::optional<base::WallTime> oldest;
  std::chrono::milliseconds retention{0};
};
// Where the size limit, not the retention, makes it forget, it says so.
HealthItem check_ledger(const LedgerFacts& facts, base::WallTime now);

struct DiskFacts {
  std::uint64_t free = 0;  // for the gateway's user
  std::uint64_t total = 0;
};
// What the ledger may still grow by has to fit as well. Nothing known: a warning.
HealthItem check_disk(const std::optional<DiskFacts>& facts, std::uint64_t may_grow);

HealthItem check_prices(const std::vector<route::ModelConcern>& concerns);

struct ClassifierFacts {
  bool wanted = true;      // the configuration asks for one
  std::string version;     // empty: none decides
  bool promises = false;   // router.risk
  bool certified = false;  // what it promises could be proved
  std::string next;        // what to do where it could not
};
HealthItem check_classifier(const ClassifierFacts& facts);

// Others than this machine can reach a listener, and whether a key is needed.
HealthItem check_keys(const std::vector<config::ListenerConfig>& listeners, bool needs_key);
// The admin listener and who may sign in.
HealthItem check_users(const config::AdminConfig& admin);

}  // namespace pointsman::admin
