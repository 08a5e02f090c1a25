// Notices when requests stop looking like those that a certificate was made from.
//
// The certificate says of a few levels of the classifier's largest probability which share of requests may lie below
// each; that was proved from the same labelled requests as the thresholds. More doubt than that is evidence of other
// traffic. For each level a few bets are kept that pay when too many requests are doubtful: while no level's true share
// is above what was proved, no bet gains on average, whatever the order of requests (an e-process). They are added up
// as Shiryaev and Roberts did, as if a new bettor came with every request, so that good times are never held against
// the evidence of bad ones (Shin, Ramdas, Rinaldo 2023, "E-detectors", section 2). Guarantee: on unchanged traffic
// there are at least `requests_between_false_alarms` requests until a false alarm on average, and within the first N
// requests one comes with probability at most N divided by that number; both up to the confidence of the levels.
//
// It sees doubt and nothing else: requests that the classifier misjudges with its usual confidence raise no flag.
// A detector belongs to one thread. observe() takes no time worth mentioning, allocates nothing and reads no clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pointsman::classify {

// Of the requests at most the share `at_most` has a largest probability below `below`.
struct DoubtLevel {
  float below = 0;
  double at_most = 1;
};

// What traffic looked like when the certificate was made.
struct TrafficProfile {
  std::size_t rows = 0;            // requests that it was made from
  std::vector<DoubtLevel> levels;  // at most ShiftDetector::kMaxLevels, rising; empty: nothing can be noticed
};

struct ShiftOptions {
  double requests_between_false_alarms = 1e6;
  // A raised flag falls after this many requests in a row of which no more are doubtful than was proved.
  std::uint32_t clear_after = 500;
};

enum class ShiftEvent : std::uint8_t { kNone, kRaised, kCleared };

class ShiftDetector {
 public:
  static constexpr std::size_t kMaxLevels = 8;

  // Watches nothing and never raises the flag.
  ShiftDetector() = default;
  // Levels beyond kMaxLevels and those that nothing could exceed are left out.
  explicit ShiftDetector(std::span<const DoubtLevel> levels, const ShiftOptions& options = {});

  // A request that the classifier decided, by its largest probability (0 if it had not even a guess; anything that is
  // not a number counts as that). Returns what became of the flag.
  ShiftEvent observe(float probability);

  bool watches() const { return count_ > 0; }
  bool raised() const { return raised_; }
  // How far the evidence is from raising the flag: 0 none, 1 raised. Logarithmic.
  double evidence() const;

 private:
  // How much more doubt each bet expects: the proved share times this.
  static constexpr std::array<double, 3> kMore{1.5, 3, 6};

  struct Level {
    float below = 0;
    double at_most = 1;
    std::uint32_t seen = 0;                   // doubtful requests since the flag was raised or the last look at it
    std::array<double, kMore.size()> won{};   // what a bet is multiplied by after a doubtful request
    std::array<double, kMore.size()> lost{};  // and after another one
    std::array<double, kMore.size()> sum{};   // of all bettors so far
  };

  void raise();
  bool looks_proved() const;

  std::array<Level, kMaxLevels> levels_{};
  std::size_t count_ = 0;
  ShiftOptions options_;
  std::uint32_t since_ = 0;  // requests since the flag was raised or the last look at it
  double total_ = 0;
  bool raised_ = false;
};

}  // namespace pointsman::classify
