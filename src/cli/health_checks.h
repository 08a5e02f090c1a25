// What can be said of a gateway's health without asking anybody else: its keys, files, ledger, disk, clock, catalogue,
// classifier and limits, each with what to do where it is not in order.
//
// For `pointsman doctor` and whoever shows the same. Blocking, writes one small file to the ledger's disk and removes
// it: not for an event loop. No item holds a secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "gateway/snapshot.h"

namespace pointsman::cli {

enum class HealthState : std::uint8_t { kOk, kWarn, kBad };
std::string_view to_string(HealthState state);  // "ok", "warn", "bad"

struct HealthItem {
  std::string what;  // "ledger", "provider openai", ...
  HealthState state = HealthState::kOk;
  std::string text;
  std::string fix;  // what to do next; empty: nothing
};
using HealthItems = std::vector<HealthItem>;

// All of them. `config_file` is empty for a configuration made of the environment's API keys.
HealthItems check_health(const gateway::Snapshot& snapshot, const std::string& config_file, base::WallTime now);

// One by one.
HealthItems check_keys(const config::Config& config);
HealthItems check_files(const config::Config& config, const std::string& config_file);
HealthItems check_ledger(const config::LedgerConfig& ledger);
HealthItems check_clock(base::WallTime now);
HealthItems check_catalogue(const config::Config& config, base::WallTime now);
HealthItems check_classifier(const gateway::Snapshot& snapshot);
HealthItems check_limits(const config::Config& config);

}  // namespace pointsman::cli
