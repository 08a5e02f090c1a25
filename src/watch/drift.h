// Drift: do requests still look like those that the classifier was made and judged by?
//
// Seven groups are watched against the profile of the day the classifier went live: words it never saw, length, shape
// and script of the texts (input drift), which categories it chooses (label drift), how sure it is (confidence drift),
// and how much it takes for out of scope. group_drift.h has the test and its sources. Guarantee, for all groups
// together: while requests are drawn as the reference requests were, there are on average at least
// `requests_between_false_alarms` requests until a false alarm, and one comes within the first N requests with
// probability at most N divided by that number. Requests of one conversation are not drawn independently: observe the
// first of each only, or false alarms will be more.
//
// It sees how requests look, not whether they are answered well: labels say that. A monitor belongs to one thread;
// observe() allocates nothing, reads no clock and draws no lot of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "watch/drift_profile.h"
#include "watch/group_drift.h"

namespace pointsman::watch {

enum class DriftKind : std::uint8_t { kInput, kLabel, kConfidence, kScope };
std::string_view to_string(DriftKind kind);  // "input", "label", "confidence", "scope"
DriftKind kind_of(DriftGroup group);

struct DriftOptions {
  double requests_between_false_alarms = 1e6;  // of all groups together
  std::uint32_t window = 1000;                 // requests that a figure is about, at most
  double least_figure = 0.01;                  // population stability index below which nothing is raised
};

// What became of the alarms: bit `1 << group` for each group that was raised, or cleared, by one request.
struct DriftNews {
  std::uint8_t raised = 0;
  std::uint8_t cleared = 0;
  bool any() const { return (raised | cleared) != 0; }
};

struct DriftFinding {
  DriftKind kind = DriftKind::kInput;
  DriftGroup group = DriftGroup::kWords;
  bool raised = false;
  double evidence = 0;  // 0 none, 1 raised; logarithmic
  double figure = 0;    // population stability index of the latest requests, less what chance makes of it
  double chance = 0;    // what chance alone makes of it in about one window of twenty
  std::string bin;      // where the share has grown most
  double share_then = 0;
  double share_now = 0;
  std::string_view first_step;  // the first thing to do about it, one sentence

  // "confidence: below 0.42 was 10 %, is 27 % (index 0.21, by chance up to 0.02)"
  std::string to_text() const;
};

class DriftMonitor {
 public:
  static constexpr std::size_t kFewestRows = 100;

  // With fewer than kFewestRows reference requests nothing is watched.
  explicit DriftMonitor(const DriftProfile& profile, const DriftOptions& options = {});

  // A request that the classifier looked at. `chance` is uniform in [0, 1), drawn for this request alone.
  DriftNews observe(const DriftObservation& request, double chance);

  bool watches() const { return !groups_.empty(); }
  bool raised(DriftGroup group) const;
  bool raised() const;
  // How many requests were observed.
  std::uint64_t requests() const { return requests_; }
  // One for each group; none if nothing is watched.
  std::vector<DriftFinding> findings() const;

 private:
  DriftProfile profile_;
  std::vector<GroupDrift> groups_;
  std::uint64_t requests_ = 0;
};

}  // namespace pointsman::watch
