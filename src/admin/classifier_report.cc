// The registry as the dashboard shows it, with what the running gateway knows of training, canary and shadow.
#include "admin/classifiers.h"
#include "admin/json_parts.h"
#include "cli/candidate_gate.h"
#include "cli/card_figures.h"
#include "json/document.h"

namespace pointsman::admin {
namespace {

using base::Result;
using ledger::Assignment;
using ledger::ClassifierVersion;
using ledger::RegistryEvent;

constexpr std::size_t kMostCard = std::size_t{4} << 20;
constexpr std::size_t kEvents = 200;

struct Registered {
  std::vector<ClassifierVersion> versions;
  std::vector<Assignment> assignments;
  std::vector<RegistryEvent> events;
};

// A card that holds JSON already; null where it does not, or is empty.
void write_card(json::Writer& json, std::string_view card) {
  json::Document document(kMostCard);
  json.key("card");
  card.empty() || !document.validate(card) ? json.null() : json.raw(card);
}

void write_version(json::Writer& json, const ClassifierVersion& one, const std::vector<Assignment>& all) {
  json.begin_object().member("version", one.version).key("roles").begin_array();
  for (const Assignment& held : all) {
    if (held.version != one.version) continue;
    json.begin_object().member("role", to_string(held.role)).member("share", held.share);
    write_time(json.key("since"), held.since);
    json.end_object();
  }
  write_time(json.end_array().key("made"), one.made);
  json.member("origin", one.origin).member("parent", one.parent).member("bytes", one.bytes);
  const cli::CardFigures figures = cli::read_card_figures(one.card);
  write_or_null(json.key("examples"), figures.examples);
  write_or_null(json.key("accuracy"), figures.accuracy);
  write_or_null(json.key("calibration_error"), figures.calibration_error);
  json.member("certificate", !one.certificate.empty()).member("pairing", !one.pairing.empty());
  write_card(json, one.card);
  json.end_object();
}

void write_event(json::Writer& json, const RegistryEvent& one) {
  json.begin_object().member("number", one.number);
  write_time(json.key("at"), one.at);
  json.member("kind", one.kind).member("version", one.version).member("before", one.before);
  json.member("who", one.who).member("reason", one.reason).end_object();
}

void write_training(json::Writer& json, const TrainingState& state, std::uint64_t labels,
                    const config::LearnConfig& learn) {
  json.begin_object().member("running", state.running).member("stage", state.stage).member("share", state.share);
  write_time(json.key("started"), state.started);
  json.member("new_labels", labels).member("min_new_labels", learn.min_new_labels);
  json.member("every_seconds", std::chrono::duration_cast<std::chrono::seconds>(learn.every).count());
  json.member("last_error", state.last_error).end_object();
}

void write_arm(json::Writer& json, const watch::ArmCounts& arm) {
  json.begin_object().member("conversations", arm.conversations).member("bad", arm.bad).member("priced", arm.priced);
  json.member("cost_usd", arm.money).end_object();
}

void write_trial(json::Writer& json, const std::optional<TrialState>& trial) {
  if (!trial) {
    json.null();
    return;
  }
  json.begin_object().member("version", trial->version).member("share", trial->share);
  json.member("decision", to_string(trial->verdict.decision)).member("text", trial->verdict.to_text());
  write_arm(json.key("champion"), trial->champion);
  write_arm(json.key("canary"), trial->canary);
  json.end_object();
}

void write_shadow(json::Writer& json, const gateway::Shadow* shadow) {
  if (shadow == nullptr) {
    json.null();
    return;
  }
  const gateway::ShadowTally tally = shadow->tally();
  json.begin_object().member("version", shadow->version()).member("scored", tally.decisions);
  json.member("missed", tally.unseen).member("other", tally.disagreements).end_object();
}

Result<Registered> read_registered(Call& call) {
  PM_TRY(ledger::ClassifierRegistry * registry, call.books.registry());
  Registered out;
  PM_TRY(out.versions, registry->versions());
  PM_TRY(out.assignments, registry->assignments());
  PM_TRY(out.events, registry->events(kEvents));
  return out;
}

}  // namespace

Result<Answer> get_classifiers(Call& call) {
  PM_TRY(const Registered all, read_registered(call));
  PM_TRY(ledger::FeedbackStore * feedback, call.books.feedback());
  const base::Uuid learnt = all.versions.empty() ? base::Uuid{} : cli::learnt_until(all.versions.back().card);
  PM_TRY(const std::uint64_t labels, feedback->labels_since(learnt));
  Answer out;
  json::Writer json(out.body);
  json.begin_object().key("versions").begin_array();
  for (const ClassifierVersion& one : all.versions) write_version(json, one, all.assignments);
  json.end_array().key("events").begin_array();
  for (const RegistryEvent& one : all.events) write_event(json, one);
  json.end_array();
  write_training(json.key("training"), call.world.training(), labels, call.world.configured().learn);
  write_trial(json.key("canary"), call.world.trial());
  write_shadow(json.key("shadow"), call.world.lineup().shadow.get());
  json.end_object();
  return out;
}

}  // namespace pointsman::admin
