#include "gateway/label_dialect.h"

#include <gtest/gtest.h>

namespace pointsman::gateway {
namespace {

TEST(LabelDialect, LeavesOutWhatTheProviderRefuses) {
  LabelDialect dialect;
  EXPECT_TRUE(adapt(dialect, {.param = "logprobs", .message = "not supported with this model", .present = true}));
  EXPECT_FALSE(dialect.logprobs);
  EXPECT_TRUE(adapt(dialect, {.message = "Unsupported value: 'Temperature' does not support 0", .present = true}));
  EXPECT_FALSE(dialect.openai.temperature);
  EXPECT_TRUE(adapt(dialect, {.message = "unknown field max_completion_tokens", .present = true}));
  EXPECT_FALSE(dialect.openai.max_completion_tokens);
  EXPECT_TRUE(adapt(dialect, {.message = "output_config: extra inputs are not permitted", .present = true}));
  EXPECT_EQ(dialect.anthropic.structure, wire::anthropic_messages::StructureBy::kForcedTool);
}

TEST(LabelDialect, DoesNotAskAgainWhenNothingChanged) {
  LabelDialect dialect;
  EXPECT_FALSE(adapt(dialect, {.message = "the prompt is too long", .present = true}));
  EXPECT_TRUE(adapt(dialect, {.param = "top_logprobs", .present = true}));
  EXPECT_FALSE(adapt(dialect, {.param = "logprobs", .present = true}));
}

}  // namespace
}  // namespace pointsman::gateway
