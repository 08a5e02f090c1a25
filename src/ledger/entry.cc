#include "ledger/entry.h"

#include <array>

namespace pointsman::ledger {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"ok",  "client_error", "upstream_error",
                                                    "cut", "client_gone",  "gateway_error"};

}  // namespace

std::string_view to_string(Outcome outcome) {
  return kNames[static_cast<std::size_t>(outcome)];
}

std::optional<Outcome> outcome_from(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Outcome>(i);
  }
  return std::nullopt;
}

}  // namespace pointsman::ledger
