// What several replicas share: a database for the ledger, and Redis.
#include <gmock/gmock.h>

#include "config/shared_version.h"
#include "config/testing.h"

namespace pointsman::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string postgres(std::string_view keys) {
  return std::string(kSound) + "ledger: {postgres: {" + std::string(keys) + "}}\n";
}

std::string redis(std::string_view keys) {
  return std::string(kSound) + "shared: {redis: {" + std::string(keys) + "}}\n";
}

TEST(SharedConfig, IsNothingUnlessSet) {
  FakeHost host;
  const auto config = host.load(std::string(kSound));
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->ledger.postgres);
  EXPECT_FALSE(config->shared.redis);
}

TEST(SharedConfig, ReadsADatabaseAndRedis) {
  FakeHost host;
  host.variables["PASSWORD"] = "a-password-of-length";
  const auto config =
      host.load(std::string(kSound) +
                "ledger: {postgres: {url: \"postgresql://pointsman@db.example.com/ledger?sslmode=verify-full\", "
                "password: \"${PASSWORD}\", lease: 10s}}\n"
                "shared: {redis: {address: \"redis.example.com:6380\", tls: true, username: pointsman, "
                "password: \"${PASSWORD}\", exchange: 250ms}}\n");
  ASSERT_TRUE(config) << config.error().front().to_string();
  EXPECT_EQ(config->ledger.postgres->url, "postgresql://pointsman@db.example.com/ledger?sslmode=verify-full");
  EXPECT_EQ(config->ledger.postgres->password.reveal(), "a-password-of-length");
  EXPECT_EQ(config->ledger.postgres->lease, std::chrono::seconds(10));
  EXPECT_EQ(config->ledger.postgres->timeout, std::chrono::seconds(5));
  EXPECT_EQ(config->shared.redis->address.to_string(), "redis.example.com:6380");
  EXPECT_TRUE(config->shared.redis->tls);
  EXPECT_EQ(config->shared.redis->prefix, "pointsman");
  EXPECT_EQ(config->shared.redis->exchange, std::chrono::milliseconds(250));
}

TEST(SharedConfig, TakesAnAddressAlone) {
  FakeHost host;
  const auto config = host.load(std::string(kSound) +
                                "ledger: {postgres: \"postgres://db/ledger\"}\nshared: {redis: \"127.0.0.1:6379\"}\n");
  ASSERT_TRUE(config) << config.error().front().to_string();
  EXPECT_EQ(config->ledger.postgres->url, "postgres://db/ledger");
  EXPECT_EQ(config->shared.redis->address.port, 6379);
}

TEST(SharedConfig, RefusesPasswordsInTheUrlAndNeverRepeatsThem) {
  FakeHost host;
  for (const char* url : {"postgresql://me:canary-secret@db/ledger", "postgresql://db/ledger?password=canary-secret",
                          "postgresql://db/ledger?sslmode=require&PassWord=canary-secret"}) {
    EXPECT_THAT(host.problems(postgres("url: \"" + std::string(url) + "\"")),
                AllOf(HasSubstr("ledger.postgres.url: must not contain a password"), Not(HasSubstr("canary"))))
        << url;
  }
}

TEST(SharedConfig, RefusesWhatIsNoPostgresql) {
  FakeHost host;
  for (const char* url : {"mysql://db/ledger", "host=db dbname=ledger", "db:5432"}) {
    EXPECT_THAT(host.problems(postgres("url: \"" + std::string(url) + "\"")), HasSubstr("postgresql://user@host"))
        << url;
  }
  EXPECT_THAT(host.problems(postgres("timeout: 1s")), HasSubstr("ledger.postgres.url"));
}

TEST(SharedConfig, RefusesPrefixesThatBreakTheSlotsOfACluster) {
  FakeHost host;
  EXPECT_THAT(host.problems(redis("address: \"h:1\", prefix: \"a{b}\"")), HasSubstr("without braces"));
  EXPECT_THAT(host.problems(redis("address: \"h:1\", prefix: \"a b\"")), HasSubstr("without braces"));
  EXPECT_THAT(host.problems(redis("address: \"h:1\", prefix: \"eu-west\"")), IsEmpty());
}

TEST(SharedConfig, RefusesAUserWithoutAPasswordAndAnAddressWithoutAPort) {
  FakeHost host;
  EXPECT_THAT(host.problems(redis("address: \"h:1\", username: me")), HasSubstr("shared.redis.password"));
  EXPECT_THAT(host.problems(redis("address: \"h:0\"")), HasSubstr("no port"));
  EXPECT_THAT(host.problems(redis("tls: true")), HasSubstr("shared.redis.address"));
}

TEST(SharedConfig, ReplicasAnswerAlikeWhereverTheyListenAndKeepTheirFiles) {
  FakeHost host;
  const auto version = [&](std::string_view more) {
    const auto loaded = host.load(std::string(kSound) + std::string(more), "pointsman.yaml");
    EXPECT_TRUE(loaded.has_value());
    return loaded ? shared_version(*loaded) : std::string();
  };
  const std::string plain = version("");
  EXPECT_EQ(plain.size(), 64U);
  EXPECT_EQ(plain, version("listen: 127.0.0.1:7001\nadmin: 127.0.0.1:7002\nworkers: 3\nledger: {path: elsewhere}\n"
                           "log: {level: debug}\nshared: {redis: \"h:1\"}\n"));
  EXPECT_NE(plain, version("categories: {c: {models: [small]}}\n"));
  EXPECT_NE(plain, version("ledger: {store_prompts: full}\n")) << "what is not known to make no difference counts";
}

TEST(SharedConfig, RefusesASecretThatIsShortOrThatRedisKnows) {
  FakeHost host;
  EXPECT_THAT(host.problems(redis("address: \"h:1\", secret: canary-short")),
              AllOf(HasSubstr("shared.redis.secret: is too short"), Not(HasSubstr("canary"))));
  const std::string word(32, 'w');
  EXPECT_THAT(host.problems(redis("address: \"h:1\", username: u, password: " + word + ", secret: " + word)),
              HasSubstr("shared.redis.secret: is the password"));
  EXPECT_THAT(host.problems(redis("address: \"h:1\", secret: " + word)), IsEmpty());
}

}  // namespace
}  // namespace pointsman::config
