// `pointsman health`: where it asks, and what it says of who does not answer. With a gateway: tests/e2e.
#include <gmock/gmock.h>

#include "cli/own_url.h"
#include "config/testing.h"
#include "support/command_line.h"

namespace pointsman::cli {
namespace {

using test::CommandLine;
using test::put;
using test::Ran;
using testing::HasSubstr;

std::string own_url_of(const std::string& more) {
  config::FakeHost host;
  const auto loaded = host.load(std::string(config::kSound) + more);
  return loaded ? own_url(*loaded).to_string() : "refused";
}

TEST(OwnUrl, IsTheAdminListenersOrTheFirstOnes) {
  EXPECT_EQ(own_url_of(""), "http://127.0.0.1:8080");
  EXPECT_EQ(own_url_of("listen: '0.0.0.0:80'\n"), "http://127.0.0.1");
  EXPECT_EQ(own_url_of("listen: '[::]:8000'\n"), "http://[::1]:8000");
  EXPECT_EQ(own_url_of("listen: '10.1.2.3:8000'\n"), "http://10.1.2.3:8000");
  EXPECT_EQ(own_url_of("listen: '0.0.0.0:80'\nadmin: '127.0.0.1:9191'\n"), "http://127.0.0.1:9191");
}

TEST(HealthCommand, FailsWhereNobodyAnswers) {
  CommandLine line;
  // Port 1 of loopback: nobody listens there.
  const Ran ran = line.run({"health", "--url", "http://127.0.0.1:1"});
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_THAT(ran.err, HasSubstr("127.0.0.1:1/readyz"));
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(line.run({"health", "--url", "http://127.0.0.1:1", "--live"}).err, HasSubstr("127.0.0.1:1/livez"));
}

TEST(HealthCommand, RefusesWhatIsNoAddress) {
  CommandLine line;
  const Ran ran = line.run({"health", "--url", "nowhere"});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_THAT(ran.err, HasSubstr("--url"));
}

TEST(HealthCommand, TellsWhatIsWrongWithTheConfiguration) {
  test::TemporaryDirectory directory;
  put(directory.file("bad.yaml"), "listen: nowhere\n");
  CommandLine line;
  const Ran ran = line.run({"health", "--config", directory.file("bad.yaml")});
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_THAT(ran.err, HasSubstr("bad.yaml:1:"));
}

}  // namespace
}  // namespace pointsman::cli
