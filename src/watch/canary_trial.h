// A new classifier on trial: it serves a share of the conversations (the canary), the one that serves the others is the
// champion. Says at any time whether the canary must be stopped, has been watched for long enough, or neither.
//
// Two tests, each valid however often one looks (e-processes; rate_evidence.h, money_evidence.h name the sources):
//   trouble: conversations that went bad - corrected as underpowered or wrong, asked again of a stronger model, an
//            answer that is not what its schema wants, an error - each counted once;
//   money:   what a conversation cost, told when it is over, cut at CanaryOptions::most_money.
// A canary that is worse than the champion by no more than the margins is ever stopped with probability at most
// trouble_alpha + money_alpha. The other way round, one that is worse by more than what is acceptable is said to be
// proved no worse with probability at most enough_alpha. Assumed: sides are given by lot (arm_of), a conversation keeps
// its side, those that began before the trial are left out, and conversations are alike and independent of each other.
// Conversations, not requests, are what the lot is drawn for: requests of one conversation must not count singly.
//
// Belongs to one thread. No observation allocates; no clock, no chance. A change of the share is a new trial.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "watch/money_evidence.h"

namespace pointsman::watch {

enum class Arm : std::uint8_t { kChampion, kCanary };

// Which side a conversation is given. Always the same for the same trial; growing the share takes nothing away from the
// canary. `trial` tells trials apart, lest the same conversations are tried each time.
Arm arm_of(std::uint64_t conversation, double share, std::uint64_t trial);

struct CanaryOptions {
  double share = 0.1;  // of the conversations; from 0.001 to 0.999
  // Stop: the chance of stopping, ever, a canary whose rate of bad conversations, or mean cost, is at most 1 + margin
  // times the champion's.
  double trouble_alpha = 0.03;
  double money_alpha = 0.02;
  double trouble_margin = 0.1;
  double money_margin = 0.05;
  // Enough: proved to be less than 1 + acceptable times the champion's, both, or this many of its conversations over
  // without a stop (0: only proof will do).
  double enough_alpha = 0.05;
  double trouble_acceptable = 0.5;
  double money_acceptable = 0.25;
  std::uint64_t enough_conversations = 20'000;
  double most_money = 0;  // in any unit; 0: money is not tested

  friend bool operator==(const CanaryOptions&, const CanaryOptions&) = default;
};

enum class CanaryDecision : std::uint8_t { kContinue, kStop, kEnough };
enum class CanaryGround : std::uint8_t {
  kNone,            // of kContinue
  kTrouble,         // of kStop: more bad conversations
  kMoney,           // of kStop: dearer
  kProvedNotWorse,  // of kEnough: less than acceptably worse, in all that is tested
  kSeenEnough,      // of kEnough: enough conversations and no stop; nothing is proved
};
std::string_view to_string(CanaryDecision decision);  // "continue", "stop", "enough"
std::string_view to_string(CanaryGround ground);      // "none", "trouble", "money", "proved_not_worse", "seen_enough"

// An e-value and what it must reach: 1 / alpha.
struct Evidence {
  double log_value = 0;
  double log_needed = 0;
  bool reached = false;  // now or before
};

struct CanaryVerdict {
  CanaryDecision decision = CanaryDecision::kContinue;
  CanaryGround ground = CanaryGround::kNone;
  Evidence worse_trouble;  // against "no worse than the margin"
  Evidence worse_money;
  Evidence fine_trouble;  // against "worse than acceptable"
  Evidence fine_money;

  // One sentence for people: what was decided and why.
  std::string to_text() const;
};

struct ArmCounts {
  std::uint64_t conversations = 0;  // that are over
  std::uint64_t bad = 0;
  std::uint64_t priced = 0;  // of those that are over, the cost was known
  double money = 0;          // sum of their costs, each cut at most_money
};

class CanaryTrial {
 public:
  // Of the conversations that went bad this many are remembered, the latest, so that none counts twice.
  static constexpr std::size_t kRemembered = 256;

  // kInvalidArgument naming the option that is out of range.
  static base::Result<CanaryTrial> begin(const CanaryOptions& options);

  // Something bad happened in a conversation. Returns what is now decided.
  CanaryDecision saw_trouble(std::uint64_t conversation, Arm arm);
  // A conversation is over; its cost, if that is known. Below 0 counts as 0; what is not a number as unknown.
  CanaryDecision saw_end(Arm arm, std::optional<double> cost);

  // kStop is final; kEnough may still become kStop.
  CanaryVerdict verdict() const;
  const ArmCounts& counts(Arm arm) const { return arms_[static_cast<std::size_t>(arm)]; }
  const CanaryOptions& options() const { return options_; }

  // The whole state as one line of JSON; a trial read from it goes on as this one would.
  std::string write() const;
  // kParse, kTooLarge or kInvalidArgument with "line:column: what is wrong".
  static base::Result<CanaryTrial> read(std::string_view json);

 private:
  explicit CanaryTrial(const CanaryOptions& options);
  friend class CanaryReader;

  ArmCounts& of(Arm arm) { return arms_[static_cast<std::size_t>(arm)]; }
  double guess() const;
  void look_at_trouble();
  void look_at_money();
  void decide();

  CanaryOptions options_;
  std::array<ArmCounts, 2> arms_{};
  MoneyEvidence dearer_;
  MoneyEvidence no_dearer_;
  // What was ever reached.
  bool worse_trouble_ = false;
  bool worse_money_ = false;
  bool fine_trouble_ = false;
  bool fine_money_ = false;
  CanaryDecision decision_ = CanaryDecision::kContinue;
  CanaryGround ground_ = CanaryGround::kNone;
  std::array<std::uint64_t, kRemembered> bad_{};  // a ring; the oldest is overwritten
  std::uint64_t bad_seen_ = 0;
};

}  // namespace pointsman::watch
