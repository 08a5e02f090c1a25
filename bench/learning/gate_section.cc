// P22, does the promotion gate stop what it should? Candidates are trained on a champion's rows and new ones, labelled by
// eight simulated annotators who are wrong 3 % of the time; a quarter each of the damaged ones has 5 % of the new
// labels flipped at random, flipped to one category by one annotator, a trigger phrase stamped in by one, or one
// category's rows cut to a tenth. On triage (three tiers, whose cheapest is the one that labels are turned to) and on
// BANKING77 (25 of its intents, none of which is cheaper: labels are turned to one drawn at random). The golden set is
// half of the test rows with the labels of the data; the recent slice is the other half, labelled by the same people.
#include <fmt/format.h>

#include <map>

#include "learn/binomial.h"
#include "learn/json_text.h"
#include "learning/gate_runs.h"
#include "shared/section.h"

namespace pointsman::bench {
namespace {

using base::Result;
using learn::CheckVerdict;

constexpr double kShare = 0.05;
constexpr double kStoppedGoal = 95;
constexpr double kPassedGoal = 80;
constexpr double kShares[] = {0.0, 0.05, 0.1, 0.2};  // of labels flipped at random
constexpr std::size_t kNewRows[] = {200, 500, 1500};

struct Scale {
  int champions = 5;  // for each set
  int of_each = 5;    // candidates of each kind of damage for each champion
  int curve = 25;     // audits for each point
};

// Of `k` in `n`, in per cent (Clopper and Pearson 1934).
std::string interval_of(std::size_t k, std::size_t n) {
  const auto bound = [&](std::size_t hits) {
    return learn::risk_upper_bound(static_cast<double>(hits), n, 0.025, learn::LossKind::kZeroOne);
  };
  return fmt::format("{} of {}, 95 % interval {:.1f} to {:.1f}", k, n, 100 * (1 - bound(n - k)), 100 * bound(k));
}

struct Kind {
  std::size_t runs = 0;
  std::size_t stopped = 0;
  std::size_t lacking = 0;  // for too little data
  std::size_t by_gate = 0;
  std::size_t by_audit = 0;
  double rise = 0;  // of accuracy on the golden set, summed
  std::map<std::string, std::size_t> stopped_by;

  void add(const GateRun& run) {
    ++runs;
    stopped += run.verdict != CheckVerdict::kPassed ? 1 : 0;
    lacking += run.verdict == CheckVerdict::kTooLittleData ? 1 : 0;
    by_gate += run.by_gate ? 1 : 0;
    by_audit += run.by_audit ? 1 : 0;
    rise += run.after - run.before;
    for (const std::string& check : run.stopped_by) ++stopped_by[check];
  }
  std::string checks() const {
    std::string out;
    for (const auto& [check, times] : stopped_by) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", check, times);
    return out;
  }
};

double per_cent(std::size_t part, std::size_t whole) {
  return whole > 0 ? 100 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

class Section {
 public:
  Section(std::string name, const BenchOptions& options) : options_(options) {
    if (options.quick) scale_ = {.champions = 1, .of_each = 2, .curve = 5};
    out_.name = std::move(name);
    json_.open_object().member("people", "simulated").member("annotators", kAnnotators);
    json_.member("reviewer_error", kReviewerError).member("damaged_share", kShare).key("settings").open_array();
  }

  Result<void> add(const PublicSet& set) {
    GateRuns runs(make_setting(set), options_.threads);
    std::map<Damage, Kind> kinds;
    for (int champion = 0; champion < scale_.champions; ++champion) {
      PM_CHECK(runs.crown(static_cast<std::uint64_t>(champion)));
      PM_CHECK(judge_candidates(runs, kinds));
    }
    report(set.name, runs.setting(), kinds);
    json_.close_object();
    return {};
  }

  Result<void> add_curve(const PublicSet& set) {
    const GateRuns runs(make_setting(set), options_.threads);
    json_.open_object().member("set", std::string_view(set.name));
    PM_CHECK(draw_curve(runs));
    json_.close_object();
    return {};
  }

  SectionResult take() {
    out_.details_json = json_.close_array().close_object().take();
    return std::move(out_);
  }

 private:
  Result<void> judge_candidates(const GateRuns& runs, std::map<Damage, Kind>& kinds) const {
    std::uint64_t run = 0;
    for (const Damage damage : kDamages) {
      for (int i = 0; i < scale_.of_each; ++i) {
        PM_TRY(const GateRun damaged, runs.judge(++run, damage, kShare));
        kinds[damage].add(damaged);
        PM_TRY(const GateRun honest, runs.judge(++run, Damage::kNone, 0));
        kinds[Damage::kNone].add(honest);
      }
    }
    return {};
  }

  void report(const std::string& name, const LessonSetting& setting, const std::map<Damage, Kind>& kinds) {
    json_.open_object().member("set", std::string_view(name)).member("champion_rows", setting.champion_rows);
    json_.member("new_rows", setting.new_rows).member("golden", setting.golden.examples.size());
    json_.member("recent", setting.recent.examples.size()).key("kinds").open_array();
    std::size_t runs = 0;
    std::size_t stopped = 0;
    for (const auto& [damage, kind] : kinds) {
      write(damage, kind);
      if (damage == Damage::kNone) continue;
      runs += kind.runs;
      stopped += kind.stopped;
      add_target(fmt::format("{}: {}: stopped", name, to_string(damage)), per_cent(kind.stopped, kind.runs),
                 kStoppedGoal, fmt::format("{}; {}", interval_of(kind.stopped, kind.runs), kind.checks()));
    }
    json_.close_array();
    add_target(name + ": all damaged candidates: stopped", per_cent(stopped, runs), kStoppedGoal,
               interval_of(stopped, runs));
    const Kind& honest = kinds.at(Damage::kNone);
    const std::size_t passed = honest.runs - honest.stopped;
    add_target(name + ": honestly improved candidates: passed", per_cent(passed, honest.runs), kPassedGoal,
               fmt::format("{}; accuracy {:+.2f} points; {}", interval_of(passed, honest.runs),
                           100 * honest.rise / static_cast<double>(honest.runs), honest.checks()));
  }

  void write(Damage damage, const Kind& kind) {
    json_.open_object().member("kind", to_string(damage)).member("candidates", kind.runs);
    json_.member("stopped", kind.stopped).member("for_too_little_data", kind.lacking);
    json_.member("by_held_out_rows", kind.by_gate).member("by_audit", kind.by_audit);
    json_.member("accuracy_change", kind.rise / static_cast<double>(kind.runs)).key("checks").open_object();
    for (const auto& [check, times] : kind.stopped_by) json_.member(check, times);
    json_.close_object().close_object();
  }

  void add_target(std::string name, double value, double goal, std::string note) {
    out_.targets.push_back({std::move(name), value, "%", goal, value >= goal, std::move(note)});
  }

  // What the audit alone stops, by how much is damaged and how many labels are new.
  Result<void> draw_curve(const GateRuns& runs) {
    json_.key("audit_alone").open_array();
    for (const std::size_t rows : kNewRows) {
      for (const double share : kShares) PM_CHECK(add_point(runs, Damage::kRandomFlips, share, rows));
      for (const Damage damage : {Damage::kCheapFlips, Damage::kColludingFlips, Damage::kTrigger}) {
        PM_CHECK(add_point(runs, damage, kShare, rows));
      }
    }
    json_.close_array();
    return {};
  }

  Result<void> add_point(const GateRuns& runs, Damage damage, double share, std::size_t rows) {
    Kind kind;
    for (int i = 0; i < scale_.curve; ++i) {
      PM_TRY(const GateRun run, runs.audit(5000 + static_cast<std::uint64_t>(i), damage, share, rows));
      kind.add(run);
    }
    json_.open_object().member("kind", to_string(damage)).member("share", share).member("new_rows", rows);
    json_.member("runs", kind.runs).member("stopped", kind.stopped).close_object();
    out_.targets.push_back({fmt::format("{}, audit alone, {} new rows: {} {:.0f} %: stopped", runs.setting().name, rows,
                                        to_string(damage), 100 * share),
                            per_cent(kind.stopped, kind.runs), "%", 0, true,
                            fmt::format("{}; {}", interval_of(kind.stopped, kind.runs), kind.checks()), true});
    return {};
  }

  const BenchOptions& options_;
  Scale scale_{};
  SectionResult out_;
  learn::JsonText json_;
};

}  // namespace

Result<SectionResult> learning_gate_section(const BenchOptions& options) {
  Section section("gate", options);
  for (const auto load : {load_triage, load_banking77}) {
    PM_TRY(const PublicSet set, load(options.data));
    PM_CHECK(section.add(set));
  }
  return section.take();
}

Result<SectionResult> learning_audit_section(const BenchOptions& options) {
  Section section("audit", options);
  PM_TRY(const PublicSet set, load_triage(options.data));
  PM_CHECK(section.add_curve(set));
  return section.take();
}

}  // namespace pointsman::bench
