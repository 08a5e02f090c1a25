#include "cli/promotion.h"

#include <algorithm>
#include <thread>

#include "config/proofs.h"

namespace pointsman::cli {

using base::Result;
using ledger::Role;

namespace {

// The certificate and the pairing that the candidate would serve under, if the configuration promises anything.
struct Proofs {
  std::string certificate;
  std::string pairing;
};

const std::string& first_of(const std::string& given, const std::string& proved, const std::string& kept) {
  if (!given.empty()) return given;
  return proved.empty() ? kept : proved;
}

Result<Proofs> proofs_for(const Promotion& what, const config::Config& config, const GateRun& gate) {
  Proofs out{first_of(what.certificate, gate.certificate, what.candidate.certificate),
             first_of(what.pairing, gate.pairing, what.candidate.pairing)};
  if (config.router.risk && out.certificate.empty()) {
    return base::fail(base::ErrorCode::kInvalidArgument,
                      "router.risk promises something that was proved of another classifier; prove it of this one with "
                      "`pointsman tune` and name the file with --certificate");
  }
  if (config.router.llm && !config.router.llm->pairing.empty() && out.pairing.empty()) {
    return base::fail(base::ErrorCode::kInvalidArgument,
                      "router.llm.pairing was measured with another classifier; measure it with this one by `pointsman "
                      "pair` and name the file with --pairing" +
                          (gate.no_pairing.empty() ? "" : " (" + gate.no_pairing + ")"));
  }
  config::Config trial = config;
  PM_CHECK(config::replace_proofs(trial, out.certificate, out.pairing));
  return out;
}

Result<GateRun> judge(const std::string& champion, const classify::LinearModel& candidate, const PromotionDesk& desk) {
  std::shared_ptr<const classify::LinearModel> opened;
  const classify::LinearModel* serving = desk.seeds;
  if (!champion.empty()) {
    PM_TRY(opened, open_version(desk.registry, champion));
    serving = opened.get();
  }
  PM_TRY(const Harvest found, harvest(desk.config, desk.ledger, desk.feedback, {.now = desk.now}));
  const int cores = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 16U));
  return run_gate({.config = desk.config,
                   .harvest = found,
                   .champion = serving,
                   .candidate = candidate,
                   .seeds = desk.seeds,
                   .learnt_until = serving != nullptr ? learnt_until(serving->card()) : base::Uuid{},
                   .threads = desk.threads > 0 ? desk.threads : cores});
}

// `before` had the role when the candidate was judged.
Result<void> give_role(const Promotion& what, const GateRun& gate, const std::string& before,
                       const PromotionDesk& desk) {
  const std::string& version = what.candidate.version;
  const std::string_view kind = !what.force.empty()            ? "forced"
                                : what.role == Role::kChampion ? "promoted"
                                                               : to_string(what.role);
  const ledger::RegistryEvent event{.at = desk.now,
                                    .kind = std::string(kind),
                                    .version = version,
                                    .before = before,
                                    .who = desk.who,
                                    .reason = what.force.empty() ? what.reason : what.force,
                                    .detail = gate.report.checks.empty() ? "" : gate.report.to_json()};
  const double share = what.role == Role::kCanary ? what.share : 1;
  PM_CHECK(desk.registry.assign({what.role, version, share, desk.now}, before, event));
  PM_TRY(const std::string canary, holder_of(desk.registry, Role::kCanary));
  if (what.role != Role::kChampion || canary != version) return {};
  // What it was tried out as is over.
  return desk.registry.assign({Role::kCanary, "", 0, desk.now}, version,
                              {.at = desk.now, .kind = "retired", .version = version, .who = desk.who});
}

Result<void> note_refusal(const Promotion& what, const std::string& champion, const GateRun& gate,
                          const PromotionDesk& desk) {
  return desk.registry.note({.at = desk.now,
                             .kind = "refused",
                             .version = what.candidate.version,
                             .before = champion,
                             .who = desk.who,
                             .reason = std::string(to_string(gate.report.verdict())),
                             .detail = gate.report.to_json()});
}

// The version that had the role before the present one was given it; "": the configured classifier.
Result<std::string> earlier(ledger::ClassifierRegistry& registry, const std::string& present) {
  constexpr std::size_t kLook = 10'000;
  PM_TRY(const auto events, registry.events(kLook));
  for (const ledger::RegistryEvent& one : events) {
    const bool gave = one.kind == "promoted" || one.kind == "forced" || one.kind == "rolled_back";
    if (gave && one.version == present) return one.before;
  }
  return base::fail(base::ErrorCode::kNotFound, "nothing served before; `pointsman models` lists what there is");
}

}  // namespace

Result<std::shared_ptr<const classify::LinearModel>> open_version(ledger::ClassifierRegistry& registry,
                                                                  const std::string& version) {
  PM_TRY(std::string bytes, registry.artefact(version));
  return classify::LinearModel::from_string(std::move(bytes));
}

Result<std::string> holder_of(ledger::ClassifierRegistry& registry, Role role) {
  PM_TRY(const auto all, registry.assignments());
  const auto at = std::ranges::find(all, role, &ledger::Assignment::role);
  return at == all.end() ? std::string() : at->version;
}

Result<Promoted> promote(const Promotion& what, const PromotionDesk& desk) {
  PM_TRY(const auto model, open_version(desk.registry, what.candidate.version));
  PM_TRY(const std::string champion, holder_of(desk.registry, Role::kChampion));
  PM_TRY(const std::string before, holder_of(desk.registry, what.role));
  Promoted out;
  if (what.role != Role::kShadow) {
    PM_TRY(out.gate, judge(champion, *model, desk));
    if (desk.judged) desk.judged(out.gate.report);
  }
  out.passes = what.role == Role::kShadow || out.gate.report.promotes();
  if (what.dry_run) return out;
  if (!out.passes && what.force.empty()) {
    PM_CHECK(note_refusal(what, champion, out.gate, desk));
    return out;
  }
  if (what.role != Role::kShadow) {
    PM_TRY(const Proofs proofs, proofs_for(what, desk.config, out.gate));
    PM_CHECK(desk.registry.set_proofs(what.candidate.version, proofs.certificate, proofs.pairing));
  }
  PM_CHECK(give_role(what, out.gate, before, desk));
  out.done = true;
  return out;
}

Result<std::string> roll_back(ledger::ClassifierRegistry& registry, const std::string& wanted,
                              const std::string& reason, const std::string& who, base::WallTime now) {
  PM_TRY(const std::string present, holder_of(registry, Role::kChampion));
  std::string version;
  if (wanted != "configured" && !wanted.empty()) {
    PM_TRY(const ledger::ClassifierVersion found, registry.find(wanted));
    version = found.version;
  } else if (wanted.empty()) {
    if (present.empty()) return base::fail(base::ErrorCode::kNotFound, "the configured classifier serves already");
    PM_TRY(version, earlier(registry, present));
  }
  if (version == present) return base::fail(base::ErrorCode::kInvalidArgument, "that version serves already");
  if (!version.empty()) {
    PM_TRY(const std::string bytes, registry.artefact(version));
  }
  PM_CHECK(registry.assign(
      {Role::kChampion, version, 1, now}, present,
      {.at = now, .kind = "rolled_back", .version = version, .before = present, .who = who, .reason = reason}));
  return version;
}

Result<std::string> withdraw(ledger::ClassifierRegistry& registry, Role role, const std::string& reason,
                             const std::string& who, base::WallTime now) {
  PM_TRY(const std::string present, holder_of(registry, role));
  if (present.empty()) return base::fail(base::ErrorCode::kNotFound, "there is no " + std::string(to_string(role)));
  PM_CHECK(registry.assign(
      {role, "", 0, now}, present,
      {.at = now, .kind = "retired", .version = present, .before = present, .who = who, .reason = reason}));
  return present;
}

}  // namespace pointsman::cli
