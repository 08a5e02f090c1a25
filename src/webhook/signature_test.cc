// Signatures against the published example of Standard Webhooks, and keys that are none.
#include "webhook/signature.h"

#include <gtest/gtest.h>

namespace pointsman::webhook {
namespace {

SigningKey key(std::string text) {
  auto parsed = SigningKey::parse(base::Secret(std::move(text)));
  EXPECT_TRUE(parsed) << parsed.error().message();
  return parsed ? *parsed : SigningKey();
}

// The example that the scheme's own libraries test with.
TEST(Signature, IsThatOfStandardWebhooks) {
  const SigningKey one = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  EXPECT_EQ(one.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

// printf '%s' 'id.1.{}' | openssl dgst -sha256 -hmac 'just some plain text' -binary | base64
TEST(Signature, TakesThePlainTextOfOtherSecretsForTheKey) {
  EXPECT_EQ(key("just some plain text").sign("id", "1", "{}"), "v1,2uMQQJjq8meNeTge2FRjY4d86q88I1/ASfPaPmBeoDI=");
}

TEST(Signature, CoversIdTimeAndBody) {
  const SigningKey one = key("just some plain text");
  const std::string signature = one.sign("id", "1", "{}");
  EXPECT_NE(one.sign("ie", "1", "{}"), signature);
  EXPECT_NE(one.sign("id", "2", "{}"), signature);
  EXPECT_NE(one.sign("id", "1", "{ }"), signature);
  EXPECT_NE(key("just some other text").sign("id", "1", "{}"), signature);
}

TEST(SigningKey, RefusesWhatCannotSign) {
  for (const std::string_view text : {"", "fifteen bytes..", "whsec_", "whsec_AAAAAAAAAAAAAAAA", "whsec_!!!!"}) {
    const auto parsed = SigningKey::parse(base::Secret(std::string(text)));
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), base::ErrorCode::kInvalidArgument);
    EXPECT_TRUE(text.size() < 7 || !parsed.error().message().contains(text)) << "the message shows no secret";
  }
}

TEST(Signature, StampsWholeSeconds) {
  EXPECT_EQ(timestamp_text(base::WallTime(std::chrono::microseconds(1'700'000'000'999'999))), "1700000000");
}

}  // namespace
}  // namespace pointsman::webhook
