#include "watch/canary_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "base/hash.h"

namespace pointsman::watch {
namespace {

using base::ErrorCode;
using base::Result;

// Before anything was seen, a conversation is guessed to cost this part of the most, with the weight of one.
constexpr double kFirstGuess = 0.05;

struct Range {
  std::string_view name;
  double value = 0;
  double low = 0;
  double high = 0;
};

MoneyClaim claim_of(const CanaryOptions& options, double margin, Side side) {
  return {.share = options.share, .margin = margin, .most = options.most_money, .side = side};
}

Evidence evidence(double log_value, double alpha, bool reached) {
  return {.log_value = log_value, .log_needed = -std::log(alpha), .reached = reached};
}

}  // namespace

Arm arm_of(std::uint64_t conversation, double share, std::uint64_t trial) {
  std::array<char, sizeof conversation> bytes{};
  std::memcpy(bytes.data(), &conversation, sizeof conversation);
  const std::uint64_t hash = base::xxh3({bytes.data(), bytes.size()}, trial);
  return static_cast<double>(hash >> 11) * 0x1.0p-53 < share ? Arm::kCanary : Arm::kChampion;
}

std::string_view to_string(CanaryDecision decision) {
  switch (decision) {
    case CanaryDecision::kContinue:
      return "continue";
    case CanaryDecision::kStop:
      return "stop";
    case CanaryDecision::kEnough:
      return "enough";
  }
  return "";
}

std::string_view to_string(CanaryGround ground) {
  switch (ground) {
    case CanaryGround::kNone:
      return "none";
    case CanaryGround::kTrouble:
      return "trouble";
    case CanaryGround::kMoney:
      return "money";
    case CanaryGround::kProvedNotWorse:
      return "proved_not_worse";
    case CanaryGround::kSeenEnough:
      return "seen_enough";
  }
  return "";
}

Result<CanaryTrial> CanaryTrial::begin(const CanaryOptions& options) {
  constexpr double kLeastAlpha = 1e-9;
  const Range ranges[] = {{"share", options.share, 0.001, 0.999},
                          {"trouble_alpha", options.trouble_alpha, kLeastAlpha, 0.5},
                          {"money_alpha", options.money_alpha, kLeastAlpha, 0.5},
                          {"enough_alpha", options.enough_alpha, kLeastAlpha, 0.5},
                          {"trouble_margin", options.trouble_margin, 0, 100},
                          {"money_margin", options.money_margin, 0, 100},
                          {"trouble_acceptable", options.trouble_acceptable, 0, 100},
                          {"money_acceptable", options.money_acceptable, 0, 100},
                          {"most_money", options.most_money, 0, 1e12}};
  for (const Range& one : ranges) {
    if (one.value >= one.low && one.value <= one.high) continue;
    return base::fail(ErrorCode::kInvalidArgument,
                      fmt::format("{}: expected a number from {} to {}", one.name, one.low, one.high));
  }
  return CanaryTrial(options);
}

CanaryTrial::CanaryTrial(const CanaryOptions& options)
    : options_(options),
      dearer_(claim_of(options, options.money_margin, Side::kAbove)),
      no_dearer_(claim_of(options, options.money_acceptable, Side::kBelow)) {}

CanaryDecision CanaryTrial::saw_trouble(std::uint64_t conversation, Arm arm) {
  const auto kept = static_cast<std::size_t>(std::min<std::uint64_t>(bad_seen_, kRemembered));
  const auto latest = std::span(bad_).first(kept);
  if (std::ranges::find(latest, conversation) != latest.end()) return decision_;
  bad_[bad_seen_++ % kRemembered] = conversation;
  ++of(arm).bad;
  look_at_trouble();
  decide();
  return decision_;
}

CanaryDecision CanaryTrial::saw_end(Arm arm, std::optional<double> cost) {
  ArmCounts& here = of(arm);
  ++here.conversations;
  if (options_.most_money > 0 && cost && !std::isnan(*cost)) {
    const double counted = std::clamp(*cost, 0.0, options_.most_money);
    const double guessed = guess();
    dearer_.observe(arm == Arm::kCanary, counted, guessed);
    no_dearer_.observe(arm == Arm::kCanary, counted, guessed);
    ++here.priced;
    here.money += counted;
    look_at_money();
  }
  decide();
  return decision_;
}

// The mean so far, of both sides together.
double CanaryTrial::guess() const {
  const double seen = static_cast<double>(arms_[0].priced) + static_cast<double>(arms_[1].priced);
  const double mean = (arms_[0].money + arms_[1].money + kFirstGuess * options_.most_money) / (seen + 1);
  return std::min(mean, options_.most_money);
}

CanaryVerdict CanaryTrial::verdict() const {
  const BadCounts bad{.canary = counts(Arm::kCanary).bad, .champion = counts(Arm::kChampion).bad};
  const double worse = log_rate_evidence(bad, options_.share, 1 + options_.trouble_margin, Side::kAbove);
  const double fine = log_rate_evidence(bad, options_.share, 1 + options_.trouble_acceptable, Side::kBelow);
  return {.decision = decision_,
          .ground = ground_,
          .worse_trouble = evidence(worse, options_.trouble_alpha, worse_trouble_),
          .worse_money = evidence(dearer_.log_value(), options_.money_alpha, worse_money_),
          .fine_trouble = evidence(fine, options_.enough_alpha, fine_trouble_),
          .fine_money = evidence(no_dearer_.log_value(), options_.enough_alpha, fine_money_)};
}

void CanaryTrial::look_at_trouble() {
  const CanaryVerdict now = verdict();
  worse_trouble_ = worse_trouble_ || now.worse_trouble.log_value >= now.worse_trouble.log_needed;
  fine_trouble_ = fine_trouble_ || now.fine_trouble.log_value >= now.fine_trouble.log_needed;
}

void CanaryTrial::look_at_money() {
  worse_money_ = worse_money_ || dearer_.log_value() >= -std::log(options_.money_alpha);
  fine_money_ = fine_money_ || no_dearer_.log_value() >= -std::log(options_.enough_alpha);
}

void CanaryTrial::decide() {
  if (decision_ == CanaryDecision::kStop) return;
  if (worse_trouble_ || worse_money_) {
    decision_ = CanaryDecision::kStop;
    ground_ = worse_trouble_ ? CanaryGround::kTrouble : CanaryGround::kMoney;
  } else if (fine_trouble_ && (fine_money_ || options_.most_money == 0)) {
    decision_ = CanaryDecision::kEnough;
    ground_ = CanaryGround::kProvedNotWorse;
  } else if (options_.enough_conversations > 0 && counts(Arm::kCanary).conversations >= options_.enough_conversations) {
    decision_ = CanaryDecision::kEnough;
    ground_ = CanaryGround::kSeenEnough;
  }
}

std::string CanaryVerdict::to_text() const {
  const auto figures = [](const Evidence& one) {
    return fmt::format("e-value {:.3g}, {:.3g} is needed", std::exp(one.log_value), std::exp(one.log_needed));
  };
  switch (ground) {
    case CanaryGround::kTrouble:
      return "stopped: more of its conversations go bad than the margin allows (" + figures(worse_trouble) + ")";
    case CanaryGround::kMoney:
      return "stopped: its conversations cost more than the margin allows (" + figures(worse_money) + ")";
    case CanaryGround::kProvedNotWorse:
      return "enough: proved to be no worse than acceptable, in all that is tested";
    case CanaryGround::kSeenEnough:
      return "enough: as many conversations as were asked for, and no stop; that it is no worse is not proved";
    case CanaryGround::kNone:
      break;
  }
  return "goes on: trouble " + figures(worse_trouble) + "; money " + figures(worse_money);
}

}  // namespace pointsman::watch
