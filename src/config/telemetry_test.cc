// What may be said of the collector that traces go to.
#include <gmock/gmock.h>

#include "config/testing.h"

namespace pointsman::config {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string with(std::string_view otlp) {
  return std::string(kSound) + "telemetry: {otlp: " + std::string(otlp) + "}\n";
}

TEST(TelemetryConfig, TracesNothingUnlessACollectorIsNamed) {
  FakeHost host;
  const auto config = host.load(std::string(kSound));
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->telemetry.otlp);
}

TEST(TelemetryConfig, AnAddressAloneIsEnough) {
  FakeHost host;
  const auto config = host.load(with("http://127.0.0.1:4318"));
  ASSERT_TRUE(config) << config.error().front().to_string();
  ASSERT_TRUE(config->telemetry.otlp);
  const OtlpConfig& otlp = *config->telemetry.otlp;
  EXPECT_EQ(otlp.endpoint.to_string(), "http://127.0.0.1:4318");
  EXPECT_EQ(otlp.sample, 1.0);
  EXPECT_EQ(otlp.semconv, Semconv::kGenAi136);
  EXPECT_EQ(otlp.service, "pointsman");
}

TEST(TelemetryConfig, EverythingElseIsReadToo) {
  FakeHost host;
  host.variables["TOKEN"] = "Bearer abc";
  const auto config =
      host.load(with("{endpoint: https://otlp.example.com/otlp, headers: {authorization: \"${TOKEN}\"}, sample: 5%, "
                     "semconv: genai-latest, service: edge}"));
  ASSERT_TRUE(config) << config.error().front().to_string();
  const OtlpConfig& otlp = *config->telemetry.otlp;
  ASSERT_EQ(otlp.headers.size(), 1U);
  EXPECT_EQ(otlp.headers[0].name, "authorization");
  EXPECT_EQ(otlp.headers[0].value.reveal(), "Bearer abc");
  EXPECT_DOUBLE_EQ(otlp.sample, 0.05);
  EXPECT_EQ(otlp.semconv, Semconv::kGenAiLatest);
  EXPECT_EQ(otlp.service, "edge");
}

TEST(TelemetryConfig, SaysWhatIsWrong) {
  FakeHost host;
  EXPECT_THAT(host.problems(with("{sample: 5%}")), HasSubstr("telemetry.otlp.endpoint"));
  EXPECT_THAT(host.problems(with("{endpoint: \"ftp://x\"}")), HasSubstr("telemetry.otlp.endpoint"));
  EXPECT_THAT(host.problems(with("{endpoint: \"http://x\", semconv: v9}")), HasSubstr("telemetry.otlp.semconv"));
  EXPECT_THAT(host.problems(with("{endpoint: \"http://x\", sample: 200%}")), HasSubstr("telemetry.otlp.sample"));
  EXPECT_THAT(host.problems(with("{endpoint: \"http://x\", headers: {\"a b\": c}}")),
              HasSubstr("telemetry.otlp.headers"));
  EXPECT_THAT(host.problems(with("{endpoint: \"http://x\", headers: {x-tenant: c}}")), IsEmpty());
}

}  // namespace
}  // namespace pointsman::config
