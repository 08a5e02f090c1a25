#include "app/drift_watch.h"

#include <fmt/format.h>

#include "base/log.h"
#include "cli/files.h"

namespace pointsman::app {

DriftWatch::DriftWatch(std::string classifier, std::vector<std::string> categories, std::string file,
                       std::uint64_t seed)
    : classifier_(std::move(classifier)), categories_(std::move(categories)), file_(std::move(file)), rng_(seed) {
  const auto kept = cli::read_file(file_, watch::kMaxDriftProfile);
  if (!kept) return;
  auto profile = watch::read_drift_profile(*kept);
  if (profile && profile->classifier == classifier_ && profile->categories == categories_) monitor_.emplace(*profile);
}

std::vector<std::string> DriftWatch::see(const gateway::SeenRequest& request) {
  text::tokenize(request.text, tokens_);
  const watch::DriftObservation seen{.traits = watch::traits_of(tokens_),
                                     .probability = request.probability,
                                     .outside = request.outside,
                                     .category = request.category};
  if (!monitor_) {
    reference_.push_back(seen);
    if (reference_.size() >= kReference) complete();
    return {};
  }
  const watch::DriftNews news = monitor_->observe(seen, rng_.uniform());
  if (!news.any()) return {};
  std::vector<std::string> out;
  for (const watch::DriftFinding& one : monitor_->findings()) {
    const auto bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(one.group));
    if ((news.raised & bit) != 0) out.push_back(fmt::format("{}; {}", one.to_text(), one.first_step));
    if ((news.cleared & bit) != 0) out.push_back(fmt::format("{} looks as it did again", to_string(one.group)));
  }
  return out;
}

void DriftWatch::complete() {
  const watch::DriftProfile profile = watch::profile_drift(reference_, categories_, classifier_);
  reference_.clear();
  reference_.shrink_to_fit();
  monitor_.emplace(profile);
  const auto kept = cli::replace_file(file_, watch::write_drift_profile(profile));
  if (!kept) base::log_warn("drift: the reference is lost with a restart: {}", kept.error().message());
}

std::vector<watch::DriftFinding> DriftWatch::findings() const {
  return monitor_ ? monitor_->findings() : std::vector<watch::DriftFinding>();
}

bool DriftWatch::raised(watch::DriftKind kind) const {
  for (const watch::DriftFinding& one : findings()) {
    if (one.kind == kind && one.raised) return true;
  }
  return false;
}

}  // namespace pointsman::app
