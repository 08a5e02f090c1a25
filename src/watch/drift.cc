#include "watch/drift.h"

#include <fmt/format.h>

#include <algorithm>

namespace pointsman::watch {
namespace {

std::string_view first_step_of(DriftGroup group) {
  switch (group) {
    case DriftGroup::kWords:
      return "Label some of the latest requests and train again: they use words that the classifier never saw.";
    case DriftGroup::kLength:
    case DriftGroup::kShape:
      return "Look for a new client or a changed prompt template among the latest requests, and label some of them.";
    case DriftGroup::kScript:
      return "Send requests in the new script to the fallback by a rule until there are labelled examples of it.";
    case DriftGroup::kCategory:
      return "Label a random slice to see whether the new shares are right, and check budgets of the models they use.";
    case DriftGroup::kConfidence:
      return "Label the least sure of the latest requests and train again; until then expect other fallback shares.";
    case DriftGroup::kScope:
      return "Read some of the requests taken for out of scope: add a category for them, or examples to the right one.";
  }
  return "";
}

}  // namespace

std::string_view to_string(DriftKind kind) {
  switch (kind) {
    case DriftKind::kInput:
      return "input";
    case DriftKind::kLabel:
      return "label";
    case DriftKind::kConfidence:
      return "confidence";
    case DriftKind::kScope:
      return "scope";
  }
  return "";
}

DriftKind kind_of(DriftGroup group) {
  switch (group) {
    case DriftGroup::kWords:
    case DriftGroup::kLength:
    case DriftGroup::kShape:
    case DriftGroup::kScript:
      return DriftKind::kInput;
    case DriftGroup::kCategory:
      return DriftKind::kLabel;
    case DriftGroup::kConfidence:
      return DriftKind::kConfidence;
    case DriftGroup::kScope:
      return DriftKind::kScope;
  }
  return DriftKind::kInput;
}

DriftMonitor::DriftMonitor(const DriftProfile& profile, const DriftOptions& options) : profile_(profile) {
  if (profile.rows < kFewestRows) return;
  // Chances of false alarms add up over the groups.
  const GroupOptions each{
      .requests_between_false_alarms = options.requests_between_false_alarms * static_cast<double>(kDriftGroups),
      .window = options.window,
      .least_figure = options.least_figure};
  groups_.reserve(kDriftGroups);
  for (const auto& counts : profile.counts) groups_.emplace_back(counts, each);
}

DriftNews DriftMonitor::observe(const DriftObservation& request, double chance) {
  DriftNews out;
  if (groups_.empty()) return out;
  ++requests_;
  for (std::size_t i = 0; i < kDriftGroups; ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << i);
    const DriftEvent event = groups_[i].observe(profile_.bin_of(static_cast<DriftGroup>(i), request), chance);
    if (event == DriftEvent::kRaised) out.raised |= bit;
    if (event == DriftEvent::kCleared) out.cleared |= bit;
  }
  return out;
}

bool DriftMonitor::raised(DriftGroup group) const {
  return !groups_.empty() && groups_[static_cast<std::size_t>(group)].raised();
}

bool DriftMonitor::raised() const {
  return std::ranges::any_of(groups_, &GroupDrift::raised);
}

std::vector<DriftFinding> DriftMonitor::findings() const {
  std::vector<DriftFinding> out;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const auto group = static_cast<DriftGroup>(i);
    const DriftFigure figure = groups_[i].figure();
    out.push_back({.kind = kind_of(group),
                   .group = group,
                   .raised = groups_[i].raised(),
                   .evidence = groups_[i].evidence(),
                   .figure = figure.index,
                   .chance = figure.chance,
                   .bin = profile_.bin_name(group, figure.bin),
                   .share_then = figure.share_then,
                   .share_now = figure.share_now,
                   .first_step = first_step_of(group)});
  }
  return out;
}

std::string DriftFinding::to_text() const {
  return fmt::format("{}: {} was {:.1f} %, is {:.1f} % (index {:.3f}, by chance up to {:.3f})", watch::to_string(group),
                     bin, 100 * share_then, 100 * share_now, figure, chance);
}

}  // namespace pointsman::watch
