#include "cli/models_command.h"

#include <CLI/CLI.hpp>

#include "cli/card_figures.h"
#include "cli/ledger_at.h"
#include "cli/table.h"
#include "cli/text_format.h"
#include "json/document.h"
#include "json/writer.h"

namespace pointsman::cli {
namespace {

using base::Result;
using ledger::Assignment;
using ledger::ClassifierVersion;
using ledger::RegistryEvent;

constexpr std::size_t kShortVersion = 12;
constexpr std::size_t kMaxCard = std::size_t{4} << 20;

struct Options {
  LedgerChoice ledger;
  std::string version;
  std::size_t events = 10;
  bool json = false;
};

struct Models {
  std::vector<ClassifierVersion> versions;
  std::vector<Assignment> assignments;
  std::vector<RegistryEvent> events;
};

Result<Models> read_models(const Options& options, const ledger::Backend& ledger) {
  auto registry = ledger.classifiers(ledger::Access::kReading);
  if (!registry && registry.error().code() == base::ErrorCode::kNotFound && options.version.empty()) return Models();
  if (!registry) return base::fail(registry.error());
  Models out;
  PM_TRY(out.assignments, (*registry)->assignments());
  PM_TRY(out.events, (*registry)->events(options.events));
  if (options.version.empty()) {
    PM_TRY(out.versions, (*registry)->versions());
    return out;
  }
  PM_TRY(ClassifierVersion one, (*registry)->find(options.version));
  std::erase_if(out.events, [&](const RegistryEvent& event) { return event.version != one.version; });
  out.versions.push_back(std::move(one));
  return out;
}

// "champion", "canary 5.0 %", or nothing.
std::string roles_of(const Models& models, std::string_view version) {
  std::string out;
  for (const Assignment& one : models.assignments) {
    if (one.version != version) continue;
    out += (out.empty() ? "" : ", ") + std::string(to_string(one.role));
    if (one.role == ledger::Role::kCanary) out += " " + percent(one.share);
  }
  return out;
}

// A member that holds JSON already; null where it does not, or is empty.
void write_json(json::Writer& json, std::string_view name, std::string_view text) {
  json.key(name);
  json::Document document(kMaxCard);
  text.empty() || !document.validate(text) ? json.null() : json.raw(text);
}

void write_version(json::Writer& json, const Models& models, const ClassifierVersion& one) {
  json.begin_object().member("version", one.version).key("roles").begin_array();
  for (const Assignment& held : models.assignments) {
    if (held.version != one.version) continue;
    json.begin_object().member("role", to_string(held.role)).member("share", held.share);
    json.member("since", utc(held.since)).end_object();
  }
  json.end_array().member("made", utc(one.made)).member("origin", one.origin);
  json.member("parent", one.parent).member("bytes", one.bytes);
  write_json(json, "card", one.card);
  write_json(json, "certificate", one.certificate);
  write_json(json, "pairing", one.pairing);
  json.end_object();
}

std::string as_json(const Models& models) {
  std::string out;
  json::Writer json(out);
  json.begin_object().key("versions").begin_array();
  for (const ClassifierVersion& one : models.versions) write_version(json, models, one);
  json.end_array().key("events").begin_array();
  for (const RegistryEvent& event : models.events) {
    json.begin_object().member("number", event.number).member("at", utc(event.at)).member("kind", event.kind);
    json.member("version", event.version).member("before", event.before).member("who", event.who);
    json.member("reason", event.reason);
    write_json(json, "detail", event.detail);
    json.end_object();
  }
  json.end_array().end_object();
  return out + "\n";
}

std::string short_version(std::string_view version) {
  return version.empty() ? "-" : printable(version.substr(0, kShortVersion), kShortVersion);
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : printable(text, 60);
}

std::string proofs_of(const ClassifierVersion& one) {
  std::string out = one.certificate.empty() ? "" : "certificate";
  if (!one.pairing.empty()) out += out.empty() ? "pairing" : ", pairing";
  return or_dash(out);
}

void print_versions(const Models& models, Output& out) {
  using enum Table::Align;
  Table table({{"version"},
               {"role"},
               {"made (UTC)"},
               {"origin"},
               {"parent"},
               {"examples", kRight},
               {"accuracy", kRight},
               {"ECE", kRight},
               {"proofs"}});
  for (const ClassifierVersion& one : models.versions) {
    const CardFigures card = read_card_figures(one.card);
    table.add({short_version(one.version), or_dash(roles_of(models, one.version)), utc(one.made).substr(0, 16),
               or_dash(one.origin), short_version(one.parent), card.examples ? std::to_string(*card.examples) : "-",
               card.accuracy ? percent(*card.accuracy) : "-",
               card.calibration_error ? fmt::format("{:.3f}", *card.calibration_error) : "-", proofs_of(one)});
  }
  table.print(out);
}

void print_events(const Models& models, Output& out) {
  if (models.events.empty()) return;
  out.print("\n{}\n", out.bold("what happened, newest first"));
  Table table({{"time (UTC)"}, {"event"}, {"version"}, {"before"}, {"who"}, {"reason"}}, 2);
  for (const RegistryEvent& event : models.events) {
    table.add({utc(event.at).substr(0, 19), or_dash(event.kind), short_version(event.version),
               short_version(event.before), or_dash(event.who), or_dash(event.reason)});
  }
  table.print(out);
}

void print_models(const Options& options, const Models& models, Context& context) {
  if (models.versions.empty()) {
    context.err.write("no classifier has been registered; the configuration's decides\n");
    return;
  }
  print_versions(models, context.out);
  const bool champion = std::ranges::any_of(models.assignments,
                                            [](const Assignment& one) { return one.role == ledger::Role::kChampion; });
  if (!champion && options.version.empty()) context.out.write("\nnone of them decides: the configuration's does\n");
  if (!options.version.empty()) context.out.print("\n{}\n", printable(models.versions.front().version, 64));
  print_events(models, context.out);
}

void run_models(const Options& options, Context& context) {
  const ledger::BackendPtr ledger = find_ledger(options.ledger, context);
  if (!ledger) return;
  const auto models = read_models(options, *ledger);
  if (!models) return context.fail(models.error());
  if (options.json) return context.out.write(as_json(*models));
  print_models(options, *models, context);
}

}  // namespace

void add_models_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("models", "List the classifiers there are, and which of them serve");
  auto options = std::make_shared<Options>();
  command->add_option("version", options->version, "Only this one: its version, or at least 4 digits of it");
  command->add_option("--events", options->events, "So many of what happened last")->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object: versions with their whole cards, and events");
  options->ledger.add_options(*command);
  command->footer("Example:\n  pointsman models --json");
  command->callback([options, &context] { run_models(*options, context); });
}

}  // namespace pointsman::cli
