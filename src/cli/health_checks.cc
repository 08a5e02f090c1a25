#include "cli/health_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cli/files.h"
#include "cli/ledger_disk.h"
#include "cli/text_format.h"
#include "config/overlay.h"
#include "route/catalogue_check.h"

namespace pointsman::cli {
namespace {

using enum HealthState;

constexpr std::size_t kMaxFile = 4U << 20;
constexpr ::mode_t kOthersRead = S_IRGRP | S_IROTH;
constexpr ::mode_t kOthersWrite = S_IWGRP | S_IWOTH;
constexpr std::chrono::hours kZones{26};  // a date without a time may be off by as much

std::optional<::mode_t> mode_of(const std::string& path) {
  struct ::stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return found.st_mode;
}

// Whether one of the configuration's secrets stands in the file as it is, and not as ${NAME}.
bool spells_out_a_secret(const config::Config& config, std::string_view text) {
  const auto spelt = [&](const base::Secret& one) { return !one.empty() && text.contains(one.reveal()); };
  const auto in_headers = [&](const std::vector<config::Header>& headers) {
    return std::ranges::any_of(headers, spelt, &config::Header::value);
  };
  return std::ranges::any_of(
             config.providers,
             [&](const config::ProviderConfig& one) { return spelt(one.api_key) || in_headers(one.headers); }) ||
         (config.shared.redis && (spelt(config.shared.redis->password) || spelt(config.shared.redis->secret))) ||
         std::ranges::any_of(config.webhooks, spelt, &config::WebhookConfig::secret) ||
         (config.telemetry.otlp && in_headers(config.telemetry.otlp->headers));
}

HealthItem check_config_file(const config::Config& config, const std::string& path) {
  const auto mode = mode_of(path);
  if (!mode) return {"files", kWarn, path + " is gone", "restore it before the next restart"};
  if ((*mode & S_IWOTH) != 0) {
    return {"files", kBad, path + " can be changed by everybody on this machine", "chmod o-w " + path};
  }
  const auto text = read_file(path, kMaxFile);
  if (text && (*mode & kOthersRead) != 0 && spells_out_a_secret(config, *text)) {
    return {"files", kWarn, path + " holds a key in clear and can be read by others",
            "chmod 600 " + path + ", or write the key as ${NAME} or ${file:PATH}"};
  }
  return {"files", kOk, path + (text ? " is readable and nobody else can change what it says" : ""), ""};
}

// For people: "3.2 GB".
std::string bytes_text(std::uint64_t bytes) {
  constexpr double kStep = 1000;
  constexpr std::array<std::string_view, 4> kUnits = {"kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes) / kStep;
  std::size_t unit = 0;
  while (value >= kStep && unit + 1 < kUnits.size()) {
    value /= kStep;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

HealthItem check_disk(const config::LedgerConfig& ledger, const LedgerDisk& disk) {
  constexpr std::uint64_t kLeast = 200'000'000;  // journals and a checkpoint
  const auto most = static_cast<std::uint64_t>(ledger.max_size);
  const std::uint64_t growth = most > disk.used ? most - disk.used : 0;
  const std::string text = fmt::format("{} free; the ledger has {} and may grow to {}", bytes_text(disk.free),
                                       bytes_text(disk.used), bytes_text(most));
  if (disk.free < kLeast) {
    return {"disk", kBad, text, "make room: when the disk is full, requests are refused, for each must be on record"};
  }
  if (disk.free < growth) return {"disk", kWarn, text, "make room, or set a smaller ledger.max_size"};
  return {"disk", kOk, text, ""};
}

HealthItem check_database(const config::PostgresConfig& postgres, const LedgerDisk& disk) {
  constexpr std::chrono::milliseconds kFar{250};
  if (disk.problem) {
    return {"database", kBad, fmt::format("{}: {}", postgres.url, *disk.problem),
            "start it, or set ledger.postgres: requests are answered until the journals are full"};
  }
  const std::string text = fmt::format("{} was opened and answered in {}", postgres.url, duration(disk.open));
  if (disk.open >= kFar) return {"database", kWarn, text, "put it nearer: what operators ask for waits that long"};
  return {"database", kOk, text, ""};
}

}  // namespace

std::string_view to_string(HealthState state) {
  constexpr std::array<std::string_view, 3> kNames = {"ok", "warn", "bad"};
  return kNames[static_cast<std::size_t>(state)];
}

HealthItems check_keys(const config::Config& config) {
  HealthItems out;
  for (const config::ProviderConfig& one : config.providers) {
    if (!one.api_key.empty() || !one.headers.empty() || one.base_url.address.is_loopback()) continue;
    out.push_back(
        {"keys", kWarn, fmt::format("provider '{}' is asked without a key", printable(one.name)),
         fmt::format("set providers.{}.api_key to ${{NAME}} or ${{file:PATH}}, if it wants one", printable(one.name))});
  }
  if (out.empty()) out.push_back({"keys", kOk, "every provider that is not on this machine is asked with one", ""});
  return out;
}

HealthItems check_files(const config::Config& config, const std::string& config_file) {
  HealthItems out;
  if (!config_file.empty()) out.push_back(check_config_file(config, config_file));
  for (const config::ListenerConfig& one : config.listeners) {
    const auto mode = one.tls ? mode_of(one.tls->key) : std::nullopt;
    if (!mode || (*mode & (kOthersRead | kOthersWrite)) == 0) continue;
    out.push_back(
        {"files", kWarn, "the TLS key " + one.tls->key + " can be read by others", "chmod 600 " + one.tls->key});
  }
  const auto mode = mode_of(config.ledger.path);
  if (mode && (*mode & (kOthersRead | kOthersWrite)) != 0) {
    out.push_back({"files", kWarn, "the ledger " + config.ledger.path + " can be looked into by others",
                   "chmod 700 " + config.ledger.path});
  }
  return out;
}

HealthItems check_ledger(const config::LedgerConfig& ledger) {
  const auto disk = look_at_disk(ledger);
  if (!disk) {
    return {{"ledger", kBad, disk.error().message(),
             "let this user write to " + ledger.path + ", or set ledger.path to a folder of its own"}};
  }
  HealthItems out;
  constexpr std::chrono::milliseconds kSlow{50};
  const std::string speed = fmt::format("{} takes {} to make safe", ledger.path, duration(disk->sync));
  if (ledger.postgres) {
    out.push_back(check_database(*ledger.postgres, *disk));
    out.push_back(disk->sync >= kSlow
                      ? HealthItem{"ledger", kWarn, speed + ", which is slow", "put ledger.path on a local disk"}
                      : HealthItem{"ledger", kOk, speed, ""});
  } else if (disk->problem) {
    out.push_back({"ledger", kBad, *disk->problem, "restore it from a backup, or move the folder away to begin anew"});
  } else if (!disk->exists) {
    out.push_back({"ledger", kOk, speed + "; the ledger is made when the gateway starts", ""});
  } else if (disk->sync >= kSlow) {
    out.push_back({"ledger", kWarn, speed + ", which is slow", "put ledger.path on a local disk"});
  } else {
    out.push_back({"ledger", kOk, speed, ""});
  }
  out.push_back(check_disk(ledger, *disk));
  return out;
}

HealthItems check_clock(base::WallTime now) {
  const auto catalogue = route::Catalogue::built_in();
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const std::string shown = utc(now);
  if (catalogue) {
    // What is on record here has happened.
    const std::string newest = age_of(*catalogue, today, route::kOldAfter).newest;
    const auto known = parse_instant(newest, now);
    if (known && now + kZones < *known) {
      return {{"clock", kBad, fmt::format("it is set to {} UTC, before {}", shown, newest),
               "set it, and have it kept by chrony, ntpd or systemd-timesyncd"}};
    }
  }
  ::timex state{};
  const bool kept = ::adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
  if (!kept) {
    return {{"clock", kWarn, fmt::format("{} UTC, and the kernel says that nothing keeps it right", shown),
             "run chrony, ntpd or systemd-timesyncd: budgets, certificates and records go by it"}};
  }
  return {{"clock", kOk, shown + " UTC, kept by a time server", ""}};
}

HealthItems check_catalogue(const config::Config& config, base::WallTime now) {
  const auto catalogue = route::Catalogue::built_in();
  if (!catalogue) return {{"catalogue", kBad, catalogue.error().message(), "install the program again"}};
  const auto today = std::chrono::floor<std::chrono::days>(now);
  std::vector<std::string> unpriced;
  std::vector<std::string> old;
  for (const auto& one : concerns(*catalogue, config::configured_models(config), today, route::kOldAfter)) {
    if (one.concern == route::CatalogueConcern::kUnpriced) unpriced.push_back(printable(one.model));
    if (one.concern == route::CatalogueConcern::kOld) old.push_back(printable(one.model));
  }
  HealthItems out;
  if (!unpriced.empty()) {
    out.push_back({"catalogue", kWarn, fmt::format("no price is known of {}", fmt::join(unpriced, ", ")),
                   "set models.NAME.price: without it nothing that these cost can be counted"});
  }
  if (!old.empty()) {
    out.push_back(
        {"catalogue", kWarn,
         fmt::format("what is known of {} is more than {} days old", fmt::join(old, ", "), route::kOldAfter.count()),
         "pointsman catalogue check"});
  }
  if (out.empty()) out.push_back({"catalogue", kOk, "prices and windows of all models are known and recent", ""});
  return out;
}

HealthItems check_classifier(const gateway::Snapshot& snapshot) {
  HealthItems out;
  if (snapshot.classifier) {
    out.push_back(
        {"classifier", kOk,
         fmt::format("{} ({:.12}) knows {}", printable(snapshot.config.router.classifier), snapshot.classifier_version,
                     count_of(snapshot.classifier->categories().size(), "category", "categories")),
         ""});
  } else {
    out.push_back({"classifier", kWarn, "none: what neither a rule nor the client decides goes to the fallback",
                   "set router.classifier to builtin, or train one: pointsman train --help"});
  }
  if (!snapshot.encoder_note.empty()) out.push_back({"encoder", kWarn, snapshot.encoder_note, ""});
  if (!snapshot.consultant_note.empty()) out.push_back({"small model", kWarn, snapshot.consultant_note, ""});
  const auto& risk = snapshot.config.router.risk;
  if (risk && !risk->proved.certified) {
    out.push_back({"thresholds", kWarn,
                   "nothing is certified, so all that the classifier would decide goes to the "
                   "fallback",
                   risk->proved.next});
  } else if (snapshot.classifier) {
    const auto promise = snapshot.promise();
    out.push_back({"thresholds", kOk, promise ? *promise : "set by the configuration; nothing is promised of them",
                   promise ? "" : "pointsman tune --help"});
  }
  return out;
}

HealthItems check_limits(const config::Config& config) {
  constexpr std::int64_t kOwn = 256;  // journals, databases, loops, log
  std::int64_t wanted = config.limits.max_connections + kOwn;
  for (const config::ProviderConfig& one : config.providers) wanted += one.max_connections;
  ::rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return {};
  const auto may = files.rlim_cur == RLIM_INFINITY ? wanted : static_cast<std::int64_t>(files.rlim_cur);
  const std::string text = fmt::format("{} files may be open; all connections together may need {}", may, wanted);
  if (may >= wanted) return {{"limits", kOk, text, ""}};
  return {{"limits", kWarn, text,
           fmt::format("ulimit -n {0}, or LimitNOFILE={0} in the unit of systemd, or a smaller limits.max_connections",
                       wanted)}};
}

HealthItems check_health(const gateway::Snapshot& snapshot, const std::string& config_file, base::WallTime now) {
  const config::Config& config = snapshot.config;
  HealthItems out;
  const auto add = [&out](HealthItems more) { std::ranges::move(more, std::back_inserter(out)); };
  add(check_keys(config));
  add(check_files(config, config_file));
  add(check_ledger(config.ledger));
  add(check_clock(now));
  add(check_catalogue(config, now));
  add(check_classifier(snapshot));
  add(check_limits(config));
  return out;
}

}  // namespace pointsman::cli
