// Promotion through the gate, the way back, and training by hand.
#include <mutex>

#include "admin/classifiers.h"
#include "admin/twin_note.h"
#include "cli/promotion.h"
#include "json/strict_reader.h"
#include "json/writer.h"

namespace pointsman::admin {
namespace {

using base::ErrorCode;
using base::Result;
using ledger::Role;

constexpr std::size_t kMostBody = 4096;
constexpr std::size_t kLongestReason = 500;

// The gate runs classifiers over all that was labelled: one at a time in a process.
std::mutex& gate_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::unexpected<base::Error> wrong(std::string_view name, std::string_view message) {
  return std::unexpected(
      base::Error(ErrorCode::kInvalidArgument, std::string(message), base::Origin::kClient).at(std::string(name)));
}

Result<cli::Promotion> read_promotion(const std::string& body) {
  cli::Promotion out;
  std::string role;
  json::StrictReader in(body, kMostBody);
  PM_CHECK(in.open());
  constexpr bool kOptional = json::StrictReader::kOptional;
  in.object("an object with as, share, dry_run and force",
            {{"as", [&] { role = in.text(16); }},
             {"share", [&] { out.share = in.number(0.001, 0.9); }, kOptional},
             {"dry_run", [&] { out.dry_run = in.flag(); }, kOptional},
             {"force", [&] { out.force = in.text(kLongestReason); }, kOptional}});
  PM_CHECK(in.result());
  const auto known = ledger::role_from(role);
  if (!known) return wrong("as", "write champion, canary or shadow");
  out.role = *known;
  return out;
}

// The configured classifier, whose examples teach; null: none is configured.
Result<std::shared_ptr<const classify::LinearModel>> seeds_of(Call& call, const config::Config& config) {
  if (config.router.classifier == "none") return nullptr;
  PM_TRY(const auto loaded, call.world.load_classifier(config.router.classifier));
  auto model = std::dynamic_pointer_cast<const classify::LinearModel>(loaded);
  if (!model)
    return base::fail(ErrorCode::kUnsupported, "the configured classifier is of a kind the gate cannot judge");
  return model;
}

Result<cli::Promoted> judged(Call& call, const cli::Promotion& what) {
  const config::Config config = call.world.configured();
  PM_TRY(ledger::Reader * ledger, call.books.ledger());
  PM_TRY(ledger::FeedbackStore * feedback, call.books.feedback());
  PM_TRY(ledger::ClassifierRegistry * registry, call.books.registry());
  PM_TRY(const auto seeds, seeds_of(call, config));
  return cli::promote(what, {.config = config,
                             .ledger = *ledger,
                             .feedback = *feedback,
                             .registry = *registry,
                             .seeds = seeds.get(),
                             .now = call.request.at,
                             .who = call.user,
                             .threads = 1});
}

// What the registry has just noted, as the audit record calls it.
void note_latest(Call& call, ledger::ClassifierRegistry& registry) {
  constexpr std::size_t kLately = 8;  // a promotion of the canary ends its trial as well
  const auto events = registry.events(kLately);
  if (!events) return;
  for (auto one = events->rbegin(); one != events->rend(); ++one) {
    if (one->at != call.request.at || one->who != call.user) continue;
    note_twin(call, {"classifier." + one->kind, one->version.substr(0, 12), one->reason});
  }
}

// 409 as elsewhere, with the table beside the error.
Answer refused_by_gate(const learn::GateReport& report) {
  Answer out = conflict("the gate did not let it through", "gate");
  out.body.pop_back();
  out.body += ",\"gate\":" + report.to_json() + "}";
  return out;
}

// Somebody else changed the registry between two looks at it: 409, not the client's mistake.
Result<Answer> or_conflict(base::Error error) {
  if (error.code() == ErrorCode::kInvalidArgument && error.origin() != base::Origin::kClient) {
    return conflict(error.message(), "state");
  }
  return base::fail(std::move(error));
}

}  // namespace

Result<Answer> post_promote(Call& call) {
  PM_TRY(cli::Promotion what, read_promotion(call.request.body));
  PM_TRY(ledger::ClassifierRegistry * registry, call.books.registry());
  PM_TRY(what.candidate, registry->find(call.parts.front()));
  const std::unique_lock alone(gate_mutex(), std::try_to_lock);
  if (!alone) return conflict("another candidate is being judged; try again when that is done", "busy");
  auto done = judged(call, what);
  if (!done) return or_conflict(std::move(done).error());
  if (!what.dry_run) note_latest(call, *registry);
  if (!done->done && !what.dry_run) return refused_by_gate(done->gate.report);
  Answer out;
  json::Writer json(out.body);
  json.begin_object().member("promoted", done->done).key("gate").raw(done->gate.report.to_json()).end_object();
  return out;
}

Result<Answer> post_rollback(Call& call) {
  PM_TRY(ledger::ClassifierRegistry * registry, call.books.registry());
  auto done = cli::roll_back(*registry, "", "", call.user, call.request.at);
  if (!done && done.error().code() == ErrorCode::kNotFound) return conflict(done.error().message(), "nothing_before");
  if (!done) return or_conflict(std::move(done).error());
  note_latest(call, *registry);
  return admin::done();
}

Result<Answer> post_withdraw(Call& call) {
  std::string name;
  json::StrictReader in(call.request.body, kMostBody);
  PM_CHECK(in.open());
  in.object("an object with role", {{"role", [&] { name = in.text(16); }}});
  PM_CHECK(in.result());
  const auto role = ledger::role_from(name);
  if (!role || *role == Role::kChampion) return wrong("role", "write canary or shadow");
  PM_TRY(ledger::ClassifierRegistry * registry, call.books.registry());
  auto done = cli::withdraw(*registry, *role, "", call.user, call.request.at);
  if (!done && done.error().code() == ErrorCode::kNotFound) return conflict(done.error().message(), "nobody");
  if (!done) return or_conflict(std::move(done).error());
  note_latest(call, *registry);
  return admin::done();
}

Result<Answer> post_training(Call& call) {
  const auto begun = call.world.train();
  if (!begun) {
    const ErrorCode code = begun.error().code();
    if (code == ErrorCode::kOverloaded) return conflict(begun.error().message(), "training");
    if (code == ErrorCode::kUnsupported) return conflict(begun.error().message(), "no_configuration_file");
    return base::fail(begun.error());
  }
  PM_CHECK(call.note("training", "", "by hand"));
  return done();
}

}  // namespace pointsman::admin
