#include "admin/drift_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/files.h"
#include "gateway/trial_feed.h"
#include "learn/random_slice.h"

namespace pointsman::admin {
namespace {

constexpr std::uint64_t kLots = 3;  // another order than the random slice's

}  // namespace

DriftReport::DriftReport(const std::string& directory, const std::string& classifier,
                         const std::vector<std::string>& categories)
    : classifier_(classifier) {
  const auto kept =
      cli::read_file(fmt::format("{}/drift-{:.12}.profile", directory, classifier), watch::kMaxDriftProfile);
  if (!kept) return;
  const auto profile = watch::read_drift_profile(*kept);
  if (profile && profile->classifier == classifier && profile->categories == categories) monitor_.emplace(*profile);
}

void DriftReport::see(const ledger::Entry& entry) {
  if (!monitor_ || entry.classifier_version != classifier_ || entry.probabilities.empty()) return;
  const bool first = entry.conversation == 0 || conversations_.insert(entry.conversation).second;
  if (!first || !entry.context.empty()) return;
  without_text_ = without_text_ || entry.text.empty();
  text::tokenize(std::string_view(entry.text).substr(0, gateway::TrialFeed::kText), tokens_);
  const auto& p = entry.probabilities;
  const auto top = std::ranges::max_element(p);
  const watch::DriftObservation seen{.traits = watch::traits_of(tokens_),
                                     .probability = *top,
                                     .outside = std::max(0.0F, 1 - std::accumulate(p.begin(), p.end(), 0.0F)),
                                     .category = static_cast<int>(top - p.begin())};
  monitor_->observe(seen, learn::slice_draw(entry.id, kLots));
}

void DriftReport::write(json::Writer& out) const {
  out.begin_array();
  const auto findings = monitor_ ? monitor_->findings() : std::vector<watch::DriftFinding>();
  for (const watch::DriftFinding& one : findings) {
    if (without_text_ && one.kind == watch::DriftKind::kInput) continue;
    out.begin_object().member("kind", to_string(one.kind)).member("group", to_string(one.group));
    out.member("raised", one.raised).member("figure", one.figure).member("text", one.to_text());
    out.member("first_step", one.first_step).end_object();
  }
  out.end_array();
}

}  // namespace pointsman::admin
