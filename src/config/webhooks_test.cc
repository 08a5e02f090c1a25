// What may be said of webhooks, and which URLs are refused before anything is looked up.
#include <gmock/gmock.h>

#include "config/testing.h"

namespace pointsman::config {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string with(std::string_view webhook) {
  return std::string(kSound) + "webhooks: {billing: {" + std::string(webhook) + "}}\n";
}

std::string to(std::string_view url, std::string_view more = "") {
  return with("url: \"" + std::string(url) + "\", secret: 0123456789abcdef" + std::string(more));
}

TEST(WebhooksConfig, AreReadByName) {
  FakeHost host;
  host.variables["HOOK"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const auto config = host.load(with("url: https://hooks.example.com/in, secret: \"${HOOK}\""));
  ASSERT_TRUE(config) << config.error().front().to_string();
  ASSERT_EQ(config->webhooks.size(), 1U);
  const WebhookConfig& one = config->webhooks[0];
  EXPECT_EQ(one.name, "billing");
  EXPECT_EQ(one.url.to_string(), "https://hooks.example.com/in");
  EXPECT_EQ(one.secret.reveal(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  EXPECT_FALSE(one.allow_private);
}

TEST(WebhooksConfig, NeedUrlAndSecret) {
  FakeHost host;
  EXPECT_THAT(host.problems(with("url: https://hooks.example.com")), HasSubstr("webhooks.billing.secret"));
  EXPECT_THAT(host.problems(with("secret: 0123456789abcdef")), HasSubstr("webhooks.billing.url"));
}

TEST(WebhooksConfig, RefuseSecretsThatSignNothing) {
  FakeHost host;
  const auto secret = [](std::string_view text) {
    return with("url: https://hooks.example.com, secret: \"" + std::string(text) + "\"");
  };
  EXPECT_THAT(host.problems(secret("short")), HasSubstr("webhooks.billing.secret: is shorter than 16 bytes"));
  EXPECT_THAT(host.problems(secret("whsec_AAAA")), HasSubstr("is shorter than 16 bytes"));
  const std::string problems = host.problems(secret("whsec_not*base64*at*all*"));
  EXPECT_THAT(problems, HasSubstr("has no valid base64 behind 'whsec_'"));
  EXPECT_THAT(problems, Not(HasSubstr("not*base64"))) << "no message shows a secret";
}

TEST(WebhooksConfig, P20RefusesHostsThatAreNotPublicUnlessAllowed) {
  for (const std::string_view url :
       {"https://127.0.0.1/x", "https://10.1.2.3", "https://169.254.169.254/latest/meta-data", "https://[::1]:8443/x",
        "https://[::ffff:127.0.0.1]/", "https://0x7f.1/", "https://2130706433/", "https://017700000001/",
        "https://127.1/", "https://localhost/", "https://LocalHost/", "https://a.localhost/", "https://db.internal/",
        "https://printer.local/", "https://example.com./x", "http://hooks.example.com/x"}) {
    FakeHost host;
    EXPECT_THAT(host.problems(to(url)), HasSubstr("webhooks.billing.url: ")) << url;
    EXPECT_THAT(host.problems(to(url, ", allow_private: true")), IsEmpty()) << url;
  }
  FakeHost host;
  EXPECT_THAT(host.problems(to("https://hooks.example.com:8443/x")), IsEmpty());
  EXPECT_THAT(host.problems(to("https://93.184.216.34/")), IsEmpty());
}

TEST(WebhooksConfig, P20RefusesUrlsThatHideTheirHostEvenIfPrivateIsAllowed) {
  for (const std::string_view url :
       {"https://hooks.example.com@127.0.0.1/", "https://user:password@hooks.example.com/",
        "https://hooks.example.com\\\\@127.0.0.1/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/",
        "https://127.0.0.1%2f@hooks.example.com/", "https://exa mple.com/", "https://hooks.example.com#@127.0.0.1/",
        "https://hooks.example.com?x=@127.0.0.1/", "ftp://hooks.example.com/", "file:///etc/passwd", "https:///x",
        "https://\xe2\x91\xa0.0.0.1/", "gopher://127.0.0.1:70/"}) {
    FakeHost host;
    EXPECT_THAT(host.problems(to(url, ", allow_private: true")), HasSubstr("webhooks.billing.url")) << url;
  }
}

}  // namespace
}  // namespace pointsman::config
