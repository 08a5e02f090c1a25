#include "cli/candidate_gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "cli/judged_scores.h"
#include "cli/renewed_pairing.h"
#include "cli/tuning.h"
#include "json/document.h"
#include "learn/lesson_audit.h"
#include "learn/promotion_gate.h"

namespace pointsman::cli {
namespace {

using base::Result;

std::vector<std::string> order_of(const config::Config& config, const Harvest& harvest) {
  const auto& risk = config.router.risk;
  return risk && !risk->order.empty() ? risk->order : harvest.categories;
}

learn::LossMatrix losses_of(const config::Config& config, const Harvest& harvest) {
  if (config.router.risk && config.router.risk->any_mistake) {
    return learn::LossMatrix::any_mistake(order_of(config, harvest));
  }
  return learn::LossMatrix::under_routing(order_of(config, harvest));
}

std::optional<learn::Promise> promise_of(const config::Config& config) {
  const auto& risk = config.router.risk;
  if (!risk) return std::nullopt;
  if (risk->under_routing) return learn::Promise{*risk->under_routing, risk->confidence};
  if (risk->any_mistake) return learn::Promise{*risk->any_mistake, risk->confidence};
  return std::nullopt;  // costs of its own stand in a file that only `pointsman tune` is given
}

learn::GateOptions options_of(const config::Config& config) {
  const config::GateConfig& from = config.learn.gate;
  learn::GateOptions out{.alpha = from.alpha,
                         .margin = from.margin,
                         .cost_margin = from.margin,
                         .category_limit = from.category_limit,
                         .ece_limit = from.ece_limit};
  out.minimum_rows = static_cast<std::size_t>(from.minimum_labels);
  out.promise = promise_of(config);
  return out;
}

// What the candidate learnt from, as far as there are texts to look at.
struct Taught {
  std::vector<learn::Lesson> lessons;
  std::vector<learn::Lesson> trusted;
};

std::uint32_t likeliest(const std::vector<float>& says) {
  return static_cast<std::uint32_t>(std::ranges::max_element(says) - says.begin());
}

Taught taught_of(const GateInput& input) {
  Taught out;
  const auto add = [&](const learn::Testimony& one, bool recent) {
    if (one.example.text.empty() || one.says.empty()) return;
    if (*std::ranges::max_element(one.says) < 0.5F) return;  // softer than a label
    out.lessons.push_back({.id = fmt::format("{:016x}", one.when),
                           .text = one.example.text,
                           .category = likeliest(one.says),
                           .source = one.voice,
                           .recent = recent});
  };
  for (const learn::Testimony& one : seed_lessons(input.config, input.seeds, input.harvest.judging_texts))
    add(one, false);
  const std::uint64_t known = cli::order_of(input.learnt_until);
  for (const learn::Testimony& one : input.harvest.lessons) {
    if (one.source == learn::LessonSource::kPerson) add(one, one.when > known);
  }
  for (const JudgedDecision& one : input.harvest.judged) {
    if (!one.golden || one.example.text.empty() || one.truth >= input.harvest.categories.size()) continue;
    out.trusted.push_back({.id = one.decision.to_string(),
                           .text = one.example.text,
                           .category = static_cast<std::uint32_t>(one.truth),
                           .source = one.who});
  }
  return out;
}

Result<void> append_audit(const GateInput& input, const learn::LossMatrix& losses, learn::GateReport& report) {
  const Taught taught = taught_of(input);
  const bool news = std::ranges::any_of(taught.lessons, &learn::Lesson::recent);
  if (!news) return {};  // nobody taught it anything that could be looked at
  learn::LessonAuditInput audit{
      .categories = input.harvest.categories, .lessons = taught.lessons, .trusted = taught.trusted, .losses = &losses};
  learn::LessonAuditOptions options{.alpha = input.config.learn.gate.alpha, .threads = input.threads};
  PM_TRY(auto checks, learn::audit_lessons(audit, options));
  for (learn::GateCheck& one : checks) report.checks.push_back(std::move(one));
  return {};
}

// The certificate that router.risk asks for, proved for the candidate on the same labels.
std::string certify(const GateInput& input, const learn::LossMatrix& losses, const JudgedScores& scores) {
  const auto promise = promise_of(input.config);
  if (!promise) return {};
  std::vector<learn::Call> calls;
  std::string labels;
  for (std::size_t i = 0; i < input.harvest.judged.size(); ++i) {
    const JudgedDecision& row = input.harvest.judged[i];
    if (row.golden) continue;  // only the random slice is like the traffic
    std::vector<float> carried;
    for (const std::string& name : losses.categories()) {
      const auto at = std::ranges::find(input.harvest.categories, name);
      carried.push_back(scores.row(i)[static_cast<std::size_t>(at - input.harvest.categories.begin())]);
    }
    const bool none = row.truth >= input.harvest.categories.size();
    const std::size_t truth = none ? losses.outside() : losses.truth_of(input.harvest.categories[row.truth]);
    calls.push_back(learn::call_of(losses, carried, truth));
    labels += row.decision.to_string() + ":" + std::to_string(row.truth) + "\n";
  }
  const bool any = input.config.router.risk->any_mistake.has_value();
  const Tuning tuned = tune({.losses = losses,
                             .kind = any ? classify::RiskKind::kAnyMistake : classify::RiskKind::kUnderRouting,
                             .promise = *promise,
                             .calls = std::move(calls),
                             .classifier = input.candidate.version(),
                             .data = base::sha256_hex(labels)});
  return classify::write_certificate(tuned.certificate);
}

}  // namespace

Result<GateRun> run_gate(const GateInput& input) {
  PM_TRY(const JudgedScores before, JudgedScores::of(input.champion, input.harvest));
  PM_TRY(const JudgedScores after, JudgedScores::of(&input.candidate, input.harvest));
  std::vector<learn::JudgedRow> rows;
  for (std::size_t i = 0; i < input.harvest.judged.size(); ++i) {
    const JudgedDecision& one = input.harvest.judged[i];
    rows.push_back({.set = one.golden ? learn::JudgedSet::kGolden : learn::JudgedSet::kRecent,
                    .truth = static_cast<std::uint32_t>(one.truth),
                    .before = before.row(i),
                    .after = after.row(i)});
  }
  const learn::LossMatrix losses = losses_of(input.config, input.harvest);
  GateRun out;
  PM_TRY(out.report, learn::judge_promotion({.categories = input.harvest.categories, .rows = rows, .losses = &losses},
                                            options_of(input.config)));
  PM_CHECK(append_audit(input, losses, out.report));
  out.certificate = certify(input, losses, after);
  const auto& llm = input.config.router.llm;
  if (llm && !llm->pairing.empty()) {
    auto renewed = renew_pairing(input.config, input.harvest, after, input.candidate.version());
    if (renewed) out.pairing = std::move(*renewed);
    if (!renewed) out.no_pairing = renewed.error().message();
  }
  return out;
}

base::Uuid learnt_until(std::string_view card) {
  constexpr std::string_view kKey = "\"newest_feedback\":\"";
  const std::size_t at = card.find(kKey);
  if (at == std::string_view::npos) return {};
  constexpr std::size_t kLength = 36;
  return base::Uuid::parse(card.substr(at + kKey.size(), kLength)).value_or(base::Uuid{});
}

}  // namespace pointsman::cli
