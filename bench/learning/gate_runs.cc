#include "learning/gate_runs.h"

#include "classify/linear_model.h"
#include "learn/lesson_audit.h"
#include "learn/promotion_gate.h"
#include "learn/train.h"

namespace pointsman::bench {
namespace {

using base::Result;
using learn::CheckVerdict;
using learn::GateCheck;
using learn::JudgedRow;
using learn::JudgedSet;
using learn::Lesson;

constexpr std::size_t kTenants = 3;  // simulated: rows are of each in turn

learn::Dataset dataset_of(const LessonSetting& setting, const std::vector<Lesson>& lessons) {
  learn::Dataset out;
  for (const Lesson& one : lessons)
    out.examples.push_back({.text = one.text, .category = setting.categories[one.category]});
  return out;
}

Result<std::vector<float>> score(const classify::Classifier& model, const learn::Dataset& data) {
  const auto scratch = model.make_scratch();
  const std::size_t n = model.categories().size();
  std::vector<float> out(data.examples.size() * n);
  for (std::size_t i = 0; i < data.examples.size(); ++i) {
    PM_CHECK(model.classify({.text = data.examples[i].text}, *scratch, std::span(out).subspan(i * n, n)));
  }
  return out;
}

// "labels of annotator-3" is the kind "source".
std::string kind_of(const GateCheck& check) {
  static constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
      {"labels of ", "source"},     {"direction", "direction"},          {"phrase", "phrase"},
      {"rows of ", "missing rows"}, {"recent rows of ", "missing rows"}, {"category ", "category"},
      {"slice ", "slice"}};
  for (const auto& [prefix, kind] : kKinds) {
    if (check.what.starts_with(prefix)) return std::string(kind);
  }
  return check.what;
}

void sum_up(const std::vector<GateCheck>& checks, bool& stopped, GateRun& run) {
  for (const GateCheck& check : checks) {
    if (check.verdict != CheckVerdict::kFailed && check.verdict != CheckVerdict::kTooLittleData) continue;
    stopped = true;
    run.stopped_by.insert(kind_of(check) + (check.verdict == CheckVerdict::kTooLittleData ? " (too little data)" : ""));
  }
}

void add_rows(const LessonSetting& setting, JudgedSet set, const learn::Dataset& data, const std::vector<float>& before,
              const std::vector<float>& after, std::vector<JudgedRow>& rows) {
  const std::size_t n = setting.categories.size();
  for (std::size_t i = 0; i < data.examples.size(); ++i) {
    rows.push_back({.set = set,
                    .truth = setting.index_of(data.examples[i].category),
                    .before = std::span(before).subspan(i * n, n),
                    .after = std::span(after).subspan(i * n, n),
                    .slice = "tenant-" + std::to_string(i % kTenants)});
  }
}

}  // namespace

Result<Scored> GateRuns::train_and_score(const std::vector<Lesson>& lessons, float& l2) const {
  learn::TrainOptions options;
  options.effort = learn::Effort::kFast;
  options.keep_examples = false;
  options.threads = threads_;
  options.folds = 3;
  if (l2 > 0) options.l2 = {l2};
  PM_TRY(learn::Trained trained, learn::train(dataset_of(setting_, lessons), options));
  l2 = trained.report.l2;
  PM_TRY(const auto model, classify::LinearModel::from_string(std::move(trained.artefact)));
  Scored out;
  PM_TRY(out.golden, score(*model, setting_.golden));
  PM_TRY(out.recent, score(*model, setting_.recent));
  return out;
}

Result<void> GateRuns::crown(std::uint64_t champion) {
  champion_ = champion;
  recent_ = reviewed(setting_, setting_.recent, champion);
  Lessons lessons = simulate_lessons(setting_, champion, 0, Damage::kNone, 0);
  std::erase_if(lessons.rows, &Lesson::recent);
  l2_ = 0;
  PM_TRY(before_, train_and_score(lessons.rows, l2_));
  return {};
}

Result<std::vector<GateCheck>> GateRuns::audit_checks(const Lessons& lessons) const {
  std::vector<Lesson> trusted;
  for (const learn::Example& one : setting_.golden.examples) {
    trusted.push_back({.text = one.text, .category = setting_.index_of(one.category)});
  }
  return learn::audit_lessons({.categories = setting_.categories,
                               .lessons = lessons.rows,
                               .trusted = trusted,
                               .champion_rows = lessons.champion_rows,
                               .losses = setting_.ordered ? &setting_.losses : nullptr},
                              {.threads = threads_});
}

Result<GateRun> GateRuns::judge(std::uint64_t run, Damage damage, double share) const {
  const Lessons lessons = simulate_lessons(setting_, champion_, run, damage, share);
  float l2 = l2_;
  PM_TRY(const Scored after, train_and_score(lessons.rows, l2));
  std::vector<JudgedRow> rows;
  add_rows(setting_, JudgedSet::kGolden, setting_.golden, before_.golden, after.golden, rows);
  add_rows(setting_, JudgedSet::kRecent, recent_, before_.recent, after.recent, rows);
  learn::GateOptions options;
  options.promise = learn::Promise{setting_.ordered ? 0.02 : 0.1, 0.95};
  PM_TRY(
      learn::GateReport report,
      learn::judge_promotion({.categories = setting_.categories, .rows = rows, .losses = &setting_.losses}, options));
  GateRun out{.before = report.checks.front().before, .after = report.checks.front().after};
  sum_up(report.checks, out.by_gate, out);
  PM_TRY(const std::vector<GateCheck> checks, audit_checks(lessons));
  sum_up(checks, out.by_audit, out);
  report.checks.insert(report.checks.end(), checks.begin(), checks.end());
  out.verdict = report.verdict();
  return out;
}

Result<GateRun> GateRuns::audit(std::uint64_t run, Damage damage, double share, std::size_t new_rows) const {
  LessonSetting smaller = setting_;
  smaller.new_rows = new_rows;
  const Lessons lessons = simulate_lessons(smaller, champion_, run, damage, share);
  PM_TRY(std::vector<GateCheck> checks, audit_checks(lessons));
  const learn::GateReport report{std::move(checks)};
  GateRun out;
  sum_up(report.checks, out.by_audit, out);
  out.verdict = report.verdict();
  return out;
}

}  // namespace pointsman::bench
