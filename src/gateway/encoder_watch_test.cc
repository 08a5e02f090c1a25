#include "gateway/encoder_watch.h"

#include <gmock/gmock.h>

#include "telemetry/registry.h"

namespace pointsman::gateway {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(EncoderWatch, CountsEveryOutcomeAndTimesThoseThatWaited) {
  telemetry::Registry registry;
  EncoderWatch watch(registry.add_shard());
  const base::MonoTime now{std::chrono::hours(1)};
  watch.observe({}, now);
  watch.observe({EncoderOutcome::kNotNeeded, {}}, now);
  watch.observe({EncoderOutcome::kUsed, milliseconds(2)}, now);
  watch.observe({EncoderOutcome::kUsed, milliseconds(4)}, now);
  watch.observe({EncoderOutcome::kLate, milliseconds(50)}, now);
  watch.observe({EncoderOutcome::kQueueFull, {}}, now);
  const std::string text = registry.render();
  EXPECT_THAT(text, HasSubstr("pointsman_encoder_requests_total{outcome=\"used\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pointsman_encoder_requests_total{outcome=\"not_needed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pointsman_encoder_requests_total{outcome=\"late\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pointsman_encoder_requests_total{outcome=\"queue_full\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pointsman_encoder_duration_seconds_count 3\n"));
  EXPECT_THAT(text, Not(HasSubstr("outcome=\"none\"")));
}

}  // namespace
}  // namespace pointsman::gateway
