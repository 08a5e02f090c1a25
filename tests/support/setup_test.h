// Helps tests of keys, classifiers, providers, configuration, audit and playground: an office whose gateway has three
// models, a classifier that obeys words, and a ledger with what a test puts into it.
//
// One test, one thread.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "ledger_sqlite/store.h"
#include "support/admin_office.h"
#include "support/routing.h"

namespace pointsman::test {

class SetupTest : public ::testing::Test {
 protected:
  SetupTest() {
    config::Config config = pointsman::testing::three_models({1, 2, 3}, office_.directory());
    config.admin = config::AdminConfig{};
    use(std::move(config));
    keep({});
  }

  void use(config::Config config) {
    auto snapshot = gateway::build_snapshot(config, pointsman::testing::load_words(), nullptr);
    ASSERT_TRUE(snapshot) << snapshot.error().message();
    office_.world.configured_ = std::move(config);
    office_.world.lineup_.champion = std::move(*snapshot);
  }

  base::WallTime now() const { return office_.clock.wall(); }

  // An answer of sim-small, so long ago, charged to nobody.
  ledger::Entry entry(std::chrono::seconds ago) {
    ledger::Entry out;
    out.id = base::UuidGenerator(++made_).next(now() - ago);  // one generator never goes back in time
    out.started = out.id.time();
    out.category = "simple";
    out.stage = "local";
    out.model = "sim-small";
    out.provider = "sim-small";
    out.status = 200;
    out.attempts = {
        {.model = "sim-small", .provider = "sim-small", .status = 200, .first_byte = std::chrono::milliseconds(8)}};
    out.usage = {.input_tokens = 11, .output_tokens = 20};
    out.cost = base::Money{12'000};
    return out;
  }
  ledger::Entry charged(std::chrono::seconds ago, std::string owner, std::string key, std::int64_t nanos) {
    ledger::Entry out = entry(ago);
    out.key = std::move(key);
    out.bill.owner = std::move(owner);
    out.bill.charged = base::Money{nanos};
    out.bill.charged_tokens = 31;
    return out;
  }
  void keep(const std::vector<ledger::Entry>& entries) {
    ledger_sqlite::StoreOptions options;
    options.directory = office_.directory();
    options.ring_bytes = 1 << 20;
    options.writer.clock = &office_.clock;
    auto store = ledger_sqlite::open_store(options);
    ASSERT_TRUE(store) << store.error().message();
    for (const ledger::Entry& one : entries) {
      ASSERT_TRUE((*store)->sink(0).reserve());
      (*store)->sink(0).append(one);
    }
    ASSERT_TRUE((*store)->close());
  }

  admin::Answer get(std::string path, config::AdminRole role = config::AdminRole::kAdmin) {
    return office_.ask(office_.request(http::Method::kGet, std::move(path), role));
  }
  admin::Answer post(std::string path, std::string body, config::AdminRole role = config::AdminRole::kAdmin) {
    admin::Request asked = office_.request(http::Method::kPost, std::move(path), role);
    asked.body = std::move(body);
    return office_.ask(std::move(asked));
  }
  // The body of an answer that went well.
  static boost::json::value body_of(const admin::Answer& answer, int status = 200) {
    EXPECT_EQ(answer.status, status) << answer.body;
    boost::system::error_code failed;
    boost::json::value out = boost::json::parse(answer.body, failed);
    EXPECT_FALSE(failed) << answer.body;
    return out;
  }
  boost::json::value read(std::string path) { return body_of(get(std::move(path))); }
  static std::string param_of(const admin::Answer& answer) {
    const boost::json::value body = body_of(answer, answer.status);
    const boost::json::value& param = body.at("error").at("param");
    return param.is_string() ? std::string(param.as_string()) : std::string();
  }
  static std::string text(const boost::json::value& value) { return std::string(value.as_string()); }
  static std::string code_of(const admin::Answer& answer) {
    return text(body_of(answer, answer.status).at("error").at("code"));
  }
  std::vector<ledger::AuditEvent> noted() { return *(*office_.books().audit())->events({}); }

  TestOffice office_;
  base::UuidGenerator ids_{5};
  std::uint64_t made_ = 100;
};

}  // namespace pointsman::test
