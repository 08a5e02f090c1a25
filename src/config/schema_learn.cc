#include <array>

#include "config/schema_bind.h"
#include "config/schema_sections.h"

namespace pointsman::config {
namespace {

using bind::nested;
using bind::value;
using Names = std::string_view;

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kHour = 3'600'000;

constexpr std::array<Names, 2> kPromotes = {"manual", "automatic"};
constexpr std::array<Names, 5> kSignals = {"none", "regenerated", "repeated", "invalid_output", "overridden"};

constexpr std::array kGateKeys = {
    value<Type::kShare, &GateConfig::alpha>("alpha", "5%", "Probability of letting a candidate pass that is worse."),
    value<Type::kShare, &GateConfig::margin>("margin", "2%", "What a candidate's accuracy may lose at most."),
    value<Type::kShare, &GateConfig::category_limit>("category_limit", "10%",
                                                     "What the accuracy within one category may lose at most."),
    value<Type::kShare, &GateConfig::ece_limit>("ece_limit", "5%", "Largest expected calibration error."),
    value<Type::kInteger, &GateConfig::minimum_labels>("minimum_labels", "100",
                                                       "Fewest labels that each of the judging sets must have.")
        .between(1, kMillion),
};
constexpr Section kGate = {"gate", "What a candidate must prove before it is promoted.", kGateKeys};

constexpr std::array kLearnKeys = {
    value<Type::kDuration, &LearnConfig::every>("every", "0s",
                                                "How often the gateway looks whether to train a candidate; 0s: never.")
        .between(0, 366 * 24 * kHour),
    value<Type::kInteger, &LearnConfig::min_new_labels>("min_new_labels", "200",
                                                        "Labels that must have come since the last candidate.")
        .between(1, kMillion),
    value<Type::kChoice, &LearnConfig::promote>(
        "promote", "manual", "Whether candidates of the schedule that pass the gate go live by themselves.")
        .from(kPromotes),
    value<Type::kShare, &LearnConfig::canary>("canary", "10%",
                                              "Conversations that such a candidate decides before it is promoted."),
    value<Type::kInteger, &LearnConfig::canary_conversations>("canary_conversations", "500",
                                                              "How many of them it takes.")
        .between(1, kMillion),
    value<Type::kDuration, &LearnConfig::half_life>("half_life", "90d", "After so long a correction counts for half.")
        .between(kHour, 36'525 * 24 * kHour),
    value<Type::kShare, &LearnConfig::voice_share>(
        "voice_share", "5%", "Of all weight, what one key or one annotator over HTTP may teach at most."),
    value<Type::kBoolean, &LearnConfig::memory>(
        "memory", "true",
        "Whether a correction takes effect on nearly identical requests at once, before any training."),
    value<Type::kChoices, &LearnConfig::signals>(
        "signals", "[regenerated, overridden]",
        "Signs of a wrong choice in the traffic itself that count, a little; [none]: nobody's but people's word.")
        .from(kSignals),
    nested<Type::kSection, &LearnConfig::gate>("gate", kGate, "What a candidate must prove before it is promoted."),
};

}  // namespace

constinit const Section kLearnSection = {"learn", "How the classifier learns from corrections.", kLearnKeys};

}  // namespace pointsman::config
