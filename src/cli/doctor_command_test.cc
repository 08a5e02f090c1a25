// `doctor` and the checks that others show, too: each thing that can be wrong, and what is advised.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <thread>

#include "cli/reach_checks.h"
#include "support/command_line.h"
#include "support/redis_server.h"
#include "support/tcp_peer.h"

namespace pointsman::cli {
namespace {

using enum HealthState;
using namespace std::chrono_literals;
using test::Ran;
using test_support::read_to;
using test_support::send;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const HealthItem* find(const HealthItems& items, std::string_view what) {
  const auto found = std::ranges::find(items, what, &HealthItem::what);
  return found == items.end() ? nullptr : &*found;
}

config::ProviderConfig provider(std::string name, std::string_view url, std::string key = "") {
  config::ProviderConfig out;
  out.name = std::move(name);
  out.base_url = *config::Url::parse(url);
  out.api_key = base::Secret(std::move(key));
  return out;
}

TEST(HealthChecks, AProviderElsewhereNeedsAKey) {
  config::Config config;
  config.providers = {provider("far", "https://api.example.com/v1"), provider("near", "http://127.0.0.1:1/v1")};
  const HealthItems items = check_keys(config);
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].state, kWarn);
  EXPECT_THAT(items[0].text, HasSubstr("'far'"));
  EXPECT_THAT(items[0].fix, HasSubstr("providers.far.api_key"));
  config.providers[0].api_key = base::Secret("sk-1234567890");
  EXPECT_EQ(check_keys(config)[0].state, kOk);
}

class HealthFiles : public testing::Test {
 protected:
  HealthFiles() {
    config_.ledger.path = directory_.path() + "/ledger";
    config_.providers = {provider("p", "https://api.example.com", "sk-a-key-in-clear")};
  }
  void write(std::string_view text, ::mode_t mode) {
    test::put(file_, text);
    ::chmod(file_.c_str(), mode);
  }
  HealthItem file() { return check_files(config_, file_).at(0); }

  test::TemporaryDirectory directory_;
  std::string file_ = directory_.path() + "/pointsman.yaml";
  config::Config config_;
};

TEST_F(HealthFiles, AKeyInClearIsForItsOwnerAlone) {
  write("api_key: sk-a-key-in-clear", 0644);
  EXPECT_EQ(file().state, kWarn);
  EXPECT_THAT(file().fix, HasSubstr("chmod 600"));
  EXPECT_THAT(file().text, Not(HasSubstr("sk-a-key")));
  write("api_key: sk-a-key-in-clear", 0600);
  EXPECT_EQ(file().state, kOk);
  write("api_key: ${KEY}", 0644);
  EXPECT_EQ(file().state, kOk);
}

TEST_F(HealthFiles, NobodyElseMayChangeTheConfiguration) {
  write("api_key: ${KEY}", 0666);
  EXPECT_EQ(file().state, kBad);
  EXPECT_THAT(file().fix, HasSubstr("chmod o-w"));
}

TEST_F(HealthFiles, ThatAreGoneOrOpenAreNoticed) {
  EXPECT_EQ(file().state, kWarn);
  EXPECT_THAT(check_files(config_, ""), IsEmpty());
  ::mkdir(config_.ledger.path.c_str(), 0755);
  ::chmod(config_.ledger.path.c_str(), 0755);
  const HealthItems items = check_files(config_, "");
  ASSERT_EQ(items.size(), 1U);
  EXPECT_THAT(items[0].fix, HasSubstr("chmod 700"));
}

TEST_F(HealthFiles, ALedgerThatIsNotThereYetIsInOrder) {
  const HealthItems items = check_ledger(config_.ledger);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_NE(items[0].state, kBad);
  EXPECT_THAT(items[1].text, HasSubstr("free"));
}

TEST_F(HealthFiles, ALedgerThatIsBrokenIsNot) {
  ::mkdir(config_.ledger.path.c_str(), 0700);
  test::put(config_.ledger.path + "/ledger.sqlite", std::string(8192, 'x'));
  const HealthItems items = check_ledger(config_.ledger);
  EXPECT_EQ(items[0].state, kBad);
  EXPECT_THAT(items[0].fix, HasSubstr("backup"));
}

TEST_F(HealthFiles, ALedgerThatMayGrowBeyondItsDiskIsAWarning) {
  config_.ledger.max_size = std::int64_t{1} << 60;
  EXPECT_EQ(find(check_ledger(config_.ledger), "disk")->state, kWarn);
}

TEST(HealthChecks, AClockBeforeTheCatalogueIsWrong) {
  const HealthItems items = check_clock(base::WallTime(std::chrono::seconds(1'000'000'000)));
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].state, kBad);
  EXPECT_THAT(items[0].text, HasSubstr("2001-09-09"));
  EXPECT_NE(check_clock(base::WallTime(std::chrono::sys_days(std::chrono::year(2030) / 1 / 1)))[0].state, kBad);
}

TEST(HealthChecks, AModelThatNobodyKnowsHasNoPrice) {
  config::Config config;
  config::ModelConfig model;
  model.name = model.upstream = "nobody-knows-this";
  config.models = {model};
  const HealthItems items =
      check_catalogue(config, base::WallTime(std::chrono::sys_days(std::chrono::year(2026) / 9 / 1)));
  EXPECT_EQ(items[0].state, kWarn);
  EXPECT_THAT(items[0].text, HasSubstr("nobody-knows-this"));
}

TEST(HealthChecks, MoreConnectionsThanFilesIsAWarning) {
  config::Config config;
  config.limits.max_connections = 1'000'000'000;
  EXPECT_EQ(check_limits(config).at(0).state, kWarn);
  EXPECT_THAT(check_limits(config).at(0).fix, HasSubstr("LimitNOFILE=1000000256"));
  config.limits.max_connections = 1;
  EXPECT_EQ(check_limits(config).at(0).state, kOk);
}

TEST(ReachChecks, WhatAProviderAnswersMeansThis) {
  const auto state = [](int status) { return judge_provider("p", status, 12ms).state; };
  EXPECT_EQ(state(200), kOk);
  for (const int status : {401, 403, 500, 503}) EXPECT_EQ(state(status), kBad) << status;
  for (const int status : {302, 400, 404, 405, 429}) EXPECT_EQ(state(status), kWarn) << status;
  EXPECT_THAT(judge_provider("p", 401, 12ms).fix, HasSubstr("providers.p.api_key"));
}

TEST(ReachChecks, ADateIsReadAsHttpWritesIt) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), base::WallTime(std::chrono::seconds(784'111'777)));
  EXPECT_FALSE(parse_http_date(""));
  EXPECT_FALSE(parse_http_date("1994-11-06"));
}

TEST(ReachChecks, APortIsFreeOrTaken) {
  net::Loop loop;
  config::Config config;
  config::ListenerConfig listener;
  {
    test_support::TcpPeer taken(loop);
    listener.address = {"127.0.0.1", taken.port()};
    config.listeners = {listener};
    taken.next({read_to(), send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")});
    std::thread server([&loop] { loop.run(); });
    const HealthItems items = check_ports(config);
    loop.stop();
    server.join();
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].state, kBad);
    EXPECT_THAT(items[0].text, HasSubstr("another program"));
  }
  config.listeners[0].address.host = "192.0.2.1";
  EXPECT_EQ(check_ports(config).at(0).state, kBad) << "an address that this machine does not have";
  config.listeners[0].address = {"127.0.0.1", 0};
  EXPECT_THAT(check_ports(config), IsEmpty()) << "any port that is free";
}

config::SharedConfig redis_at(std::uint16_t port) {
  config::SharedConfig out;
  out.redis.emplace().address = {"127.0.0.1", port};
  out.redis->timeout = 10s;  // a busy machine
  return out;
}

TEST(RedisChecks, ARedisThatServesIsInOrder) {
  EXPECT_THAT(check_redis({}), IsEmpty());
  test::RedisServer server;
  PM_NEEDS_REDIS(server);
  const HealthItems items = check_redis(redis_at(server.port()));
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].state, kOk) << items[0].text;
  EXPECT_THAT(items[0].text, testing::ContainsRegex("127.0.0.1:[0-9]+ \\([0-9.]+\\) answers in [0-9]+ ms"));
}

TEST(RedisChecks, WhoIsNotLetInOrMayNotDoAllOfItIsToldSo) {
  test::RedisServer server({.arguments = {"--user", "half", "on", ">canary-password", "~pointsman:*", "+hello", "+auth",
                                          "+xadd", "+xread", "+pexpire", "--user", "default", "off"}});
  PM_NEEDS_REDIS(server);
  config::SharedConfig shared = redis_at(server.port());
  HealthItem found = check_redis(shared).at(0);
  EXPECT_EQ(found.state, kBad);
  EXPECT_THAT(found.fix, HasSubstr("shared.redis.username")) << found.text;
  shared.redis->username = "half";
  shared.redis->password = base::Secret("canary-passwork");
  found = check_redis(shared).at(0);
  EXPECT_EQ(found.state, kBad);
  EXPECT_THAT(found.text + found.fix, Not(HasSubstr("canary")));
  shared.redis->password = base::Secret("canary-password");
  found = check_redis(shared).at(0);
  EXPECT_EQ(found.state, kBad);
  EXPECT_THAT(found.text, HasSubstr("forbids SET, GETRANGE"));
  shared.redis->prefix = "another";
  EXPECT_THAT(check_redis(shared).at(0).text, HasSubstr("forbids XADD, XREAD, PEXPIRE, SET, GETRANGE"));
}

TEST(RedisChecks, ARedisThatIsNotThereIsBad) {
  const HealthItem found = check_redis(redis_at(1)).at(0);
  EXPECT_EQ(found.state, kBad);
  EXPECT_THAT(found.fix, HasSubstr("keeps to its share"));
}

TEST(RedisChecks, OldSlowAndReadOnlyOnesAreToldApart) {
  const config::RedisConfig redis = *redis_at(6379).redis;
  EXPECT_EQ(judge_redis(redis, {.version = "7.2.4", .role = "master"}).state, kOk);
  EXPECT_EQ(judge_redis(redis, {.version = "10.0.1", .role = "master"}).state, kOk);
  EXPECT_EQ(judge_redis(redis, {}).state, kOk) << "a proxy that says nothing of itself";
  EXPECT_EQ(judge_redis(redis, {.version = "6.2.1", .role = "master"}).state, kWarn);
  EXPECT_EQ(judge_redis(redis, {.version = "7.2.4", .role = "master", .took = 11s}).state, kWarn);
  EXPECT_EQ(judge_redis(redis, {.version = "7.2.4", .role = "replica"}).state, kBad);
  EXPECT_EQ(judge_redis(redis, {.failed = {"SET: OOM command not allowed"}}).state, kBad);
}

class DoctorCommand : public testing::Test {
 protected:
  ~DoctorCommand() override { stop(); }
  void stop() {
    if (!server_.joinable()) return;
    loop_.stop();
    server_.join();
  }
  std::string config(std::string_view more = "") {
    const std::string path = directory_.path() + "/pointsman.yaml";
    test::put(path, fmt::format("listen: 127.0.0.1:0\nledger: {{path: {}/ledger}}\nrouter: {{classifier: none}}\n"
                                "providers: {{p: {{base_url: \"http://127.0.0.1:{}/v1\", api_key: sk-canary-key}}}}\n"
                                "models: {{m: {{provider: p, price: {{input: 1, output: 2}}}}}}\n{}",
                                directory_.path(), peer_.port(), more));
    ::chmod(path.c_str(), 0600);
    return path;
  }
  void answer(std::string text) {
    peer_.next({read_to(), send(std::move(text))});
    server_ = std::thread([this] { loop_.run(); });
  }
  Ran run(std::vector<std::string> more, const std::string& config) {
    line_.clock.advance(std::chrono::hours(24 * 365 * 3));  // the catalogue is of 2026
    std::vector<std::string> arguments{"doctor", "--config", config};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return line_.run(std::move(arguments));
  }

  test::TemporaryDirectory directory_;
  test::CommandLine line_;
  net::Loop loop_;
  test_support::TcpPeer peer_{loop_};
  std::thread server_;
};

TEST_F(DoctorCommand, OfflineAsksNobody) {
  const Ran ran = run({"--offline"}, config());
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("ok    configuration"), HasSubstr("1 model of 1 provider"),
                             HasSubstr("warn  classifier"), HasSubstr(" 0 bad\n")));
  EXPECT_THAT(ran.out, Not(HasSubstr("provider p")));
}

TEST_F(DoctorCommand, AsksEachProviderWithItsKey) {
  answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
  const Ran ran = run({}, config());
  stop();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("provider p"));
  EXPECT_THAT(peer_.received(), AllOf(HasSubstr("GET /v1/models HTTP/1.1"), HasSubstr("Bearer sk-canary-key")));
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("sk-canary")));
}

TEST_F(DoctorCommand, AKeyThatIsRefusedIsBad) {
  answer("HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\n{}");
  const Ran ran = run({"--json"}, config());
  stop();
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr(R"({"ok":false,"checks":[{"check":"configuration","state":"ok")"),
                    HasSubstr(R"~({"check":"provider p","state":"bad","text":"it refuses the key (401)","fix":)~")));
}

TEST_F(DoctorCommand, ABrokenConfigurationIsAllThereIsToSay) {
  const Ran ran = run({}, config("nonsense: 1\n"));
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("bad   configuration"), HasSubstr("nonsense"), HasSubstr("1 bad\n")));
}

}  // namespace
}  // namespace pointsman::cli
