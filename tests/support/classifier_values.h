// Versions, events and roles for tests of the registry of classifiers.
// Deterministic; plain functions.
#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"
#include "ledger/classifier_registry.h"

namespace pointsman::test {

inline ledger::ClassifierVersion classifier_version(std::string_view artefact, int minute = 0) {
  return {.version = base::sha256_hex(artefact),
          .parent = "",
          .origin = "trained",
          .made = base::WallTime(std::chrono::minutes(28'000'000 + minute)),
          .card = "{}",
          .certificate = "",
          .pairing = "",
          .bytes = artefact.size()};
}
inline ledger::RegistryEvent registry_event(std::string kind, std::string version = "") {
  ledger::RegistryEvent event;
  event.at = base::WallTime(std::chrono::minutes(28'000'000));
  event.kind = std::move(kind);
  event.version = std::move(version);
  event.who = "ada";
  return event;
}
inline ledger::Assignment in_role(ledger::Role role, std::string version, double share = 1) {
  return {.role = role, .version = std::move(version), .share = share, .since = registry_event("").at};
}

}  // namespace pointsman::test
