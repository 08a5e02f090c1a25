#include "gateway/shift_watch.h"

#include <gtest/gtest.h>

#include "support/encoders.h"
#include "telemetry/registry.h"

namespace pointsman::gateway {
namespace {

// Under a certificate that names the encoder: a tenth of the requests is doubtful.
class ShiftWatchTest : public ::testing::Test {
 protected:
  ShiftWatchTest() {
    config::Config config = pointsman::testing::three_models();
    pointsman::testing::ask_encoder_a(config);
    pointsman::testing::certify(config, 'a');
    config.router.risk->proved.traffic = {.rows = 1000, .levels = {{0.5F, 0.1}}};
    snapshot_ = *build_snapshot(
        std::move(config), pointsman::testing::load_asking(), nullptr,
        pointsman::testing::load_fakes({{"a", std::make_shared<pointsman::testing::FakeEncoder>('a')}}));
  }
  void see(float probability, int times = 1, bool unheard = false) {
    Decision decision;
    decision.routed = true;
    decision.evidence.probabilities = {probability, 0, 0};
    decision.evidence.unheard = unheard;
    decision.verdict = *snapshot_->cascade.decide(decision.evidence);
    for (int i = 0; i < times; ++i) watch_->observe(decision);
  }
  void SetUp() override { watch_.emplace(*snapshot_, registry_.add_shard(), nullptr); }

  telemetry::Registry registry_;
  SnapshotPtr snapshot_;
  std::optional<ShiftWatch> watch_;
};

TEST_F(ShiftWatchTest, DoubtThatTheEncoderLeftRaisesTheFlag) {
  see(0.45F, 200);
  EXPECT_TRUE(watch_->raised());
  see(0.9F, 500);
  EXPECT_FALSE(watch_->raised());
}

TEST_F(ShiftWatchTest, WhatTheEncoderWasNotHeardOnRaisesNoFlag) {
  see(0.45F, 10'000, true);
  EXPECT_FALSE(watch_->raised()) << "the certificate's doubt was measured with the encoder";
}

TEST_F(ShiftWatchTest, ARaisedFlagDoesNotFallForTheSureAlone) {
  see(0.45F, 200);
  for (int i = 0; i < 1000; ++i) {
    see(0.9F, 3);
    see(0.45F, 1, true);
  }
  EXPECT_TRUE(watch_->raised()) << "what the rest looks like is not known";
  see(0.9F, 1000);
  EXPECT_FALSE(watch_->raised());
}

}  // namespace
}  // namespace pointsman::gateway
