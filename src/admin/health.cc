#include "admin/health.h"

#include <fmt/format.h>

#include <algorithm>

namespace pointsman::admin {
namespace {

constexpr double kMiB = 1024.0 * 1024;

std::string size_text(double bytes) {
  if (bytes >= 1024 * kMiB) return fmt::format("{:.1f} GiB", bytes / (1024 * kMiB));
  return fmt::format("{:.1f} MiB", bytes / kMiB);
}

HealthItem ok(std::string_view what, std::string text) {
  return {.what = std::string(what), .state = HealthState::kOk, .text = std::move(text), .fix = {}};
}

HealthItem bad(std::string_view what, std::string text, std::string_view fix) {
  return {std::string(what), HealthState::kBad, std::move(text), std::string(fix)};
}

HealthItem warn(std::string_view what, std::string text, std::string_view fix) {
  return {std::string(what), HealthState::kWarn, std::move(text), std::string(fix)};
}

std::string_view plural(std::size_t count) {
  return count == 1 ? "" : "s";
}

}  // namespace

std::string_view to_string(HealthState state) {
  switch (state) {
    case HealthState::kOk:
      return "ok";
    case HealthState::kWarn:
      return "warn";
    case HealthState::kBad:
      return "bad";
  }
  return "bad";
}

HealthItem check_file(const FileFacts& facts) {
  constexpr std::string_view kWhat = "configuration";
  if (facts.path.empty()) return ok(kWhat, "no file: defaults and the environment");
  if (!facts.readable) return bad(kWhat, facts.path + " cannot be read; a restart would fail", "pointsman check");
  if (facts.problems > 0) {
    return bad(kWhat,
               fmt::format("{} would not load any more ({} problem{}): {}", facts.path, facts.problems,
                           plural(facts.problems), facts.first),
               "pointsman check");
  }
  if (facts.changed) return warn(kWhat, facts.path + " has changed and was not taken up", "pointsman check");
  return ok(kWhat, facts.path + " is what runs");
}

HealthItem check_ledger(const LedgerFacts& facts, base::WallTime now) {
  constexpr std::string_view kWhat = "ledger";
  if (!facts.failure.empty()) {
    return bad(kWhat, "it takes no more entries, so nothing is answered: " + facts.failure,
               "free disk space or look at the disk, then restart");
  }
  const std::string size =
      fmt::format("{} entries, {} of {}", facts.entries, size_text(static_cast<double>(facts.bytes)),
                  size_text(static_cast<double>(facts.max_bytes)));
  const bool full = static_cast<double>(facts.bytes) >= 0.95 * static_cast<double>(facts.max_bytes);
  const bool young = facts.oldest && now - *facts.oldest < facts.retention * 9 / 10;
  if (full && young) {
    const auto kept = std::chrono::duration_cast<std::chrono::hours>(now - *facts.oldest).count();
    return warn(kWhat, fmt::format("{}: entries are forgotten for want of room after {} hours", size, kept),
                "ledger: {max_size: 4GiB}");
  }
  return ok(kWhat, size);
}

HealthItem check_disk(const std::optional<DiskFacts>& facts, std::uint64_t may_grow) {
  constexpr std::string_view kWhat = "disk";
  constexpr std::uint64_t kLittle = std::uint64_t{256} << 20;
  if (!facts) return warn(kWhat, "how much room is left cannot be told", "");
  const std::string text = fmt::format("{} free of {}", size_text(static_cast<double>(facts->free)),
                                       size_text(static_cast<double>(facts->total)));
  if (facts->free < kLittle) return bad(kWhat, text + " where the ledger lies", "free disk space");
  if (facts->free < may_grow + kLittle) {
    return warn(kWhat,
                fmt::format("{}; the ledger may still grow by {}", text, size_text(static_cast<double>(may_grow))),
                "free disk space, or ledger: {max_size: 512MiB}");
  }
  return ok(kWhat, text);
}

HealthItem check_prices(const std::vector<route::ModelConcern>& concerns) {
  constexpr std::string_view kWhat = "prices";
  if (concerns.empty()) return ok(kWhat, "known, and looked up not long ago");
  const auto worst = std::ranges::find(concerns, route::CatalogueConcern::kUnpriced, &route::ModelConcern::concern);
  const route::ModelConcern& first = worst == concerns.end() ? concerns.front() : *worst;
  std::string text = first.model + ": " + describe(first);
  if (concerns.size() > 1) text += fmt::format("; and {} more", concerns.size() - 1);
  return warn(kWhat, std::move(text), "pointsman catalogue check");
}

HealthItem check_classifier(const ClassifierFacts& facts) {
  constexpr std::string_view kWhat = "classifier";
  if (!facts.wanted) return ok(kWhat, "none is configured: rules, headers and the fallback decide");
  if (facts.version.empty()) {
    return bad(kWhat, "none is loaded: what rules and headers do not decide goes to the fallback", "pointsman models");
  }
  const std::string name = facts.version.substr(0, 12);
  if (facts.promises && !facts.certified) {
    return warn(kWhat, name + " decides nothing: what router.risk promises could not be certified", facts.next);
  }
  return ok(kWhat, name + (facts.certified ? " decides, by certified thresholds" : " decides"));
}

HealthItem check_keys(const std::vector<config::ListenerConfig>& listeners, bool needs_key) {
  constexpr std::string_view kWhat = "keys";
  if (needs_key) return ok(kWhat, "required");
  const auto open =
      std::ranges::find_if(listeners, [](const config::ListenerConfig& one) { return !one.address.is_loopback(); });
  if (open == listeners.end()) return ok(kWhat, "not needed, and only this machine can ask");
  return bad(kWhat, fmt::format("others can reach {} and nobody needs a key", open->address.to_string()),
             "pointsman keys create --name NAME");
}

HealthItem check_users(const config::AdminConfig& admin) {
  constexpr std::string_view kWhat = "users";
  if (!admin.users.empty()) {
    const auto admins = std::ranges::count(admin.users, config::AdminRole::kAdmin, &config::AdminUser::role);
    const std::string text = fmt::format("{} may sign in, {} of them as admin", admin.users.size(), admins);
    return admins > 0 ? ok(kWhat, text) : warn(kWhat, text, "admin: {users: {NAME: {password: ..., role: admin}}}");
  }
  if (admin.address.is_loopback()) {
    return warn(kWhat, "nobody is configured: each start prints another password", "pointsman passwd");
  }
  return bad(kWhat,
             fmt::format("nobody is configured, and others can reach {}: each start prints a password that opens it",
                         admin.address.to_string()),
             "pointsman passwd");
}

}  // namespace pointsman::admin
