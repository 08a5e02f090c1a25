#include <array>

#include "config/schema_bind.h"
#include "config/schema_sections.h"

namespace pointsman::config {
namespace {

using bind::nested;
using bind::value;
using Names = std::string_view;

constexpr std::array<Names, 3> kRoles = {"viewer", "labeller", "admin"};

constexpr std::array kUserKeys = {
    value<Type::kSecret, &AdminUser::password>(
        "password", "", "The argon2id hash of the password, as `pointsman passwd` prints it; or ${file:PATH}.")
        .must(),
    value<Type::kChoice, &AdminUser::role>(
        "role", "viewer", "viewer reads, labeller also corrects decisions, admin also changes what serves and who may.")
        .from(kRoles),
};
constexpr Section kUser = {"user", "Somebody who may sign in to the dashboard.", kUserKeys};

constexpr std::array kAdminKeys = {
    value<Type::kAddress, &AdminConfig::address>("address", "127.0.0.1:9090",
                                                 "Host and port for the dashboard, /metrics, /livez and /readyz."),
    nested<Type::kNamedSections, &AdminConfig::users>(
        "users", kUser, "Who may sign in, by name. Without any, each start prints a password that holds for that run."),
};

}  // namespace

constinit const Section kAdminSection = {"admin", "A second listener for operators only.", kAdminKeys, "address"};

}  // namespace pointsman::config
