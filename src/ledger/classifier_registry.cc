#include "ledger/classifier_registry.h"

namespace pointsman::ledger {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::kChampion:
      return "champion";
    case Role::kCanary:
      return "canary";
    case Role::kShadow:
      return "shadow";
  }
  return {};
}

std::optional<Role> role_from(std::string_view name) {
  for (const Role role : {Role::kChampion, Role::kCanary, Role::kShadow}) {
    if (to_string(role) == name) return role;
  }
  return std::nullopt;
}

}  // namespace pointsman::ledger
