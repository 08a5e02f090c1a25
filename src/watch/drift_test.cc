#include "watch/drift.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"

namespace pointsman::watch {
namespace {

const std::vector<std::string> kCategories{"small", "medium", "large"};

DriftObservation usual(base::Rng& rng) {
  DriftObservation out;
  out.traits = {
      .bytes = static_cast<std::uint32_t>(20 + rng.below(400)), .digits = rng.below(5) == 0, .script = Script::kLatin};
  out.unseen_words = static_cast<float>(rng.uniform() * rng.uniform());
  out.probability = static_cast<float>(1 - rng.uniform() * rng.uniform());
  out.outside = static_cast<float>(rng.below(50) == 0 ? 0.9 : 0.01);
  out.category = static_cast<int>(rng.below(3));
  return out;
}

DriftMonitor monitor_of(base::Rng& rng, const DriftOptions& options = {}) {
  std::vector<DriftObservation> reference(2000);
  for (DriftObservation& one : reference) one = usual(rng);
  return DriftMonitor(profile_drift(reference, kCategories, std::string(64, '0')), options);
}

using Change = void (*)(DriftObservation&, base::Rng&);

struct Case {
  DriftGroup group;
  DriftKind kind;
  Change change;
};

constexpr Case kCases[] = {
    {DriftGroup::kWords, DriftKind::kInput, [](DriftObservation& one, base::Rng&) { one.unseen_words = 0.9F; }},
    {DriftGroup::kLength, DriftKind::kInput, [](DriftObservation& one, base::Rng&) { one.traits.bytes = 9000; }},
    {DriftGroup::kShape, DriftKind::kInput, [](DriftObservation& one, base::Rng&) { one.traits.code = true; }},
    {DriftGroup::kScript, DriftKind::kInput,
     [](DriftObservation& one, base::Rng&) { one.traits.script = Script::kCyrillic; }},
    {DriftGroup::kCategory, DriftKind::kLabel, [](DriftObservation& one, base::Rng&) { one.category = 2; }},
    {DriftGroup::kConfidence, DriftKind::kConfidence,
     [](DriftObservation& one, base::Rng& rng) { one.probability = static_cast<float>(rng.uniform() * 0.3); }},
    {DriftGroup::kScope, DriftKind::kScope, [](DriftObservation& one, base::Rng&) { one.outside = 0.8F; }},
};

TEST(DriftMonitor, RaisesTheGroupThatDriftsAndNoOther) {
  for (const Case& drifts : kCases) {
    base::Rng rng(21);
    DriftMonitor monitor = monitor_of(rng);
    DriftNews news;
    int requests = 0;
    // One request in five is changed.
    while (!news.any() && ++requests < 3000) {
      DriftObservation request = usual(rng);
      if (rng.below(5) == 0) drifts.change(request, rng);
      news = monitor.observe(request, rng.uniform());
    }
    EXPECT_LT(requests, 800) << to_string(drifts.group);
    EXPECT_EQ(news.raised, 1U << static_cast<unsigned>(drifts.group)) << to_string(drifts.group);
    EXPECT_TRUE(monitor.raised(drifts.group));
    const auto findings = monitor.findings();
    ASSERT_EQ(findings.size(), kDriftGroups);
    EXPECT_EQ(std::ranges::count_if(findings, &DriftFinding::raised), 1);
    const DriftFinding& finding = findings[static_cast<std::size_t>(drifts.group)];
    EXPECT_EQ(finding.kind, drifts.kind);
    EXPECT_GT(finding.share_now, finding.share_then);
    EXPECT_TRUE(finding.first_step.ends_with('.'));
    EXPECT_TRUE(finding.to_text().starts_with(to_string(drifts.group))) << finding.to_text();
  }
}

TEST(DriftMonitor, RaisesNoMoreFalseAlarmsThanItStatesForAllGroupsTogether) {
  constexpr int kStreams = 100;
  int raised = 0;
  for (int stream = 0; stream < kStreams; ++stream) {
    base::Rng rng(static_cast<std::uint64_t>(stream) + 1);
    DriftMonitor monitor = monitor_of(rng, {.requests_between_false_alarms = 10'000, .least_figure = 0});
    for (int i = 0; i < 1000; ++i) monitor.observe(usual(rng), rng.uniform());
    raised += monitor.raised() ? 1 : 0;
  }
  // At most a tenth of the streams; 20 of 100 come with a probability of 0.2 %.
  EXPECT_LE(raised, 20);
}

// Chances of false alarms add up, so each group alone must be as many times surer as there are groups.
TEST(DriftMonitor, AsksAsMuchMoreOfEachGroupAsThereAreGroups) {
  base::Rng rng(51);
  std::vector<DriftObservation> reference(1000);
  for (DriftObservation& one : reference) one = usual(rng);
  const DriftProfile profile = profile_drift(reference, kCategories, "");
  DriftMonitor monitor(profile, {.requests_between_false_alarms = 1000});
  GroupDrift alone(profile.counts[static_cast<std::size_t>(DriftGroup::kLength)],
                   {.requests_between_false_alarms = 7000});
  for (int i = 0; i < 500; ++i) {
    const DriftObservation request = usual(rng);
    const double chance = rng.uniform();
    monitor.observe(request, chance);
    alone.observe(profile.bin_of(DriftGroup::kLength, request), chance);
  }
  ASSERT_GT(alone.evidence(), 0);
  EXPECT_EQ(monitor.findings()[static_cast<std::size_t>(DriftGroup::kLength)].evidence, alone.evidence());
}

TEST(DriftMonitor, GoesOnTheSameFromAProfileThatWasWrittenAndRead) {
  base::Rng rng(31);
  std::vector<DriftObservation> reference(500);
  for (DriftObservation& one : reference) one = usual(rng);
  const DriftProfile profile = profile_drift(reference, kCategories, std::string(64, '0'));
  const auto read = read_drift_profile(write_drift_profile(profile));
  ASSERT_TRUE(read) << read.error().message();
  DriftMonitor first(profile);
  DriftMonitor second(*read);
  for (int i = 0; i < 2000; ++i) {
    const DriftObservation request = usual(rng);
    const double chance = rng.uniform();
    first.observe(request, chance);
    second.observe(request, chance);
  }
  const auto one = first.findings();
  const auto other = second.findings();
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].to_text(), other[i].to_text());
    EXPECT_EQ(one[i].evidence, other[i].evidence);
  }
}

TEST(DriftMonitor, WatchesNothingWithTooFewReferenceRequests) {
  base::Rng rng(41);
  std::vector<DriftObservation> few(DriftMonitor::kFewestRows - 1);
  for (DriftObservation& one : few) one = usual(rng);
  DriftMonitor monitor(profile_drift(few, kCategories, ""));
  EXPECT_FALSE(monitor.watches());
  for (int i = 0; i < 5000; ++i) EXPECT_FALSE(monitor.observe({}, 0.5).any());
  EXPECT_TRUE(monitor.findings().empty());
  EXPECT_FALSE(monitor.raised(DriftGroup::kScope));
}

}  // namespace
}  // namespace pointsman::watch
