// Notices when requests are spread over the bins of one group otherwise than the reference requests and all since were.
//
// The claim under test: the reference requests and those observed since are exchangeable, i.e. drawn alike. Then the
// place of each new request among all of them, ties broken by lot, is a number that is uniform between 0 and 1 and
// independent of the earlier ones (conformal p-values: Vovk, Gammerman, Shafer 2005, "Algorithmic Learning in a Random
// World", ch. 8), however few reference requests there are and however rare a bin is. Bets that this number falls where
// the latest requests fell more often than all of them gain nothing on average while the claim is true. They are added
// up as Shiryaev and Roberts did, as if a new bettor came with every request (Vovk, Petej, Nouretdinov, Ahlberg,
// Carlsson, Gammerman 2021, "Retrain or not retrain: conformal test martingales for change-point detection").
// Guarantee: while the claim holds there are on average at least `requests_between_false_alarms` requests until a false
// alarm, and one comes within the first N with probability at most N divided by that number.
//
// The figure for people is the population stability index of the latest requests against the reference alone, less what
// chance makes of it: on equal shares it is about (1/n + 1/m) times a chi-squared variable with one degree of freedom
// less than there are bins (Yurdakul and Naranjo 2020, "Statistical properties of the population stability index").
// An alarm falls when two windows in a row show no drift against the reference alone; the test then begins anew.
// Belongs to one thread. observe() allocates nothing and takes a time bounded by the number of bins.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pointsman::watch {

struct GroupOptions {
  double requests_between_false_alarms = 1e7;
  std::uint32_t window = 1000;  // requests that the figure is about, at most
  double least_figure = 0.01;   // less drift than this raises no alarm, however sure it is
};

enum class DriftEvent : std::uint8_t { kNone, kRaised, kCleared };

struct DriftFigure {
  double index = 0;       // population stability index, corrected; 0 if there is not enough to say
  double chance = 0;      // what chance alone makes of it in about one window of twenty
  std::size_t bin = 0;    // where the share has grown most
  double share_then = 0;  // of the reference in that bin
  double share_now = 0;   // of the latest requests
};

class GroupDrift {
 public:
  // `reference` counts the reference requests in each bin; without any, nothing is watched.
  GroupDrift(std::span<const std::uint32_t> reference, const GroupOptions& options);

  // A request in `bin` (below the number of bins). `chance` is uniform in [0, 1), drawn for this request alone.
  DriftEvent observe(std::size_t bin, double chance);

  bool raised() const { return raised_; }
  // How far the evidence is from raising the alarm: 0 none, 1 raised. Logarithmic.
  double evidence() const;
  DriftFigure figure() const;

 private:
  // The latest requests: between half its length and its length of them.
  struct Window {
    std::uint32_t length = 0;
    std::vector<std::uint32_t> older;
    std::vector<std::uint32_t> newer;
    std::uint32_t older_size = 0;
    std::uint32_t newer_size = 0;

    double size() const { return static_cast<double>(older_size) + static_cast<double>(newer_size); }
    double count(std::size_t bin) const { return static_cast<double>(older[bin]) + static_cast<double>(newer[bin]); }
    void add(std::size_t bin);
  };
  // How large an index each bet expects: the less, the more it takes what it saw in the window for chance.
  static constexpr std::array<double, 3> kExpected{0.03, 0.15, 0.75};
  static constexpr std::size_t kWindows = 2;

  void begin();
  DriftEvent look_for_calm();
  std::size_t place(std::size_t bin, double chance) const;
  void bet(std::size_t place);
  DriftFigure figure_of(const Window& window) const;
  bool matters() const;

  GroupOptions options_;
  std::vector<std::uint32_t> reference_;
  std::uint64_t rows_ = 0;
  std::vector<std::uint64_t> seen_;  // reference and all requests since, or since an alarm fell
  std::uint64_t total_ = 0;
  std::size_t used_ = 0;                  // bins that are not empty
  std::array<Window, kWindows> windows_;  // a short one, for what comes suddenly, and that of the figure
  std::array<double, kWindows * kExpected.size()> sums_{};
  double evidence_ = 0;
  std::uint32_t since_ = 0;       // requests since the alarm was raised, or the last look for calm
  std::uint32_t calm_looks_ = 0;  // in a row, at a window that showed no drift
  bool raised_ = false;
};

}  // namespace pointsman::watch
