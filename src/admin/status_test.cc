// GET /status and GET /providers: values.
#include "admin/status.h"
#include "support/setup_test.h"

namespace pointsman::admin {
namespace {

class StatusTest : public test::SetupTest {
 protected:
  static std::string state_of(const boost::json::value& status, std::string_view what) {
    for (const auto& one : status.at("health").as_array()) {
      if (one.at("what").as_string() == what) return text(one.at("state"));
    }
    return "missing";
  }
};

TEST_F(StatusTest, SaysWhatRunsAndWhatItDecidesBy) {
  office_.world.facts_ = {.version = "1.2.3",
                          .base_url = "http://127.0.0.1:8080/v1",
                          .config_file = "",
                          .started = now() - std::chrono::hours(1),
                          .loaded = now()};
  const auto status = read("/status");
  EXPECT_EQ(text(status.at("version")), "1.2.3");
  EXPECT_EQ(text(status.at("base_url")), "http://127.0.0.1:8080") << "clients add the API's version";
  EXPECT_EQ(text(status.at("started")), "2023-11-14T21:13:20.000000Z");
  EXPECT_EQ(text(status.at("classifier_version")), "words-1");
  EXPECT_EQ(status.at("categories").as_array().size(), 3U);
  EXPECT_EQ(text(status.at("fallback").at(0)), "sim-large");
  EXPECT_EQ(status.at("models").as_array().size(), 3U);
}

TEST_F(StatusTest, TellsHowMuchTheLedgerHoldsAndWhatCameSince) {
  EXPECT_EQ(read("/status").at("ledger").at("entries").as_int64(), 0);
  EXPECT_TRUE(read("/status").at("ledger").at("oldest").is_null());
  keep({entry(std::chrono::seconds(30)), entry(std::chrono::seconds(20))});
  const auto first = read("/status").at("ledger");
  EXPECT_EQ(first.at("entries").as_int64(), 2);
  EXPECT_GT(first.at("bytes").as_int64(), 0);
  keep({entry(std::chrono::seconds(10))});
  const auto ledger = read("/status").at("ledger");
  EXPECT_EQ(ledger.at("entries").as_int64(), 3);
  EXPECT_EQ(text(ledger.at("oldest")).substr(0, 19), "2023-11-14T22:12:50");
  EXPECT_EQ(text(ledger.at("newest")).substr(0, 19), "2023-11-14T22:13:10");
}

TEST_F(StatusTest, LooksAtAllThatNeedsNoNetwork) {
  const auto well = read("/status");
  for (const char* what : {"configuration", "ledger", "disk", "prices", "classifier", "keys", "users"}) {
    EXPECT_NE(state_of(well, what), "missing") << what;
  }
  EXPECT_EQ(state_of(well, "ledger"), "ok");
  EXPECT_EQ(state_of(well, "keys"), "ok");
  office_.world.ledger_failure_ = "disk full";
  EXPECT_EQ(state_of(read("/status"), "ledger"), "bad");
  office_.world.facts_.config_file = office_.directory() + "/gone.yaml";
  EXPECT_EQ(state_of(read("/status"), "configuration"), "bad");
}

class ProvidersTest : public test::SetupTest {
 protected:
  ledger::Entry tried(std::chrono::seconds ago, std::vector<ledger::Attempt> attempts) {
    ledger::Entry out = entry(ago);
    out.attempts = std::move(attempts);
    return out;
  }
  boost::json::value model_of(const std::string& name) {
    for (const auto& provider : read("/providers?since=1h").at("providers").as_array()) {
      for (const auto& model : provider.at("models").as_array()) {
        if (model.at("name").as_string() == name) return model;
      }
    }
    return {};
  }
};

TEST_F(ProvidersTest, CountsEveryCallNotOnlyTheLast) {
  using std::chrono::milliseconds;
  keep({tried(std::chrono::seconds(30),
              {{.model = "sim-small", .provider = "sim-small", .status = 429, .error = "rate_limited"},
               {.model = "sim-large", .provider = "sim-large", .status = 200, .first_byte = milliseconds(80)}}),
        tried(std::chrono::seconds(20),
              {{.model = "sim-small", .provider = "sim-small", .status = 500, .error = "upstream_status"}}),
        tried(std::chrono::seconds(15), {{.model = "sim-small", .provider = "sim-small", .error = "cancelled"}}),
        tried(std::chrono::seconds(10),
              {{.model = "sim-small", .provider = "sim-small", .status = 200, .first_byte = milliseconds(8)}}),
        tried(std::chrono::hours(2),
              {{.model = "sim-small", .provider = "sim-small", .status = 500, .error = "upstream_status"}})});
  const auto small = model_of("sim-small");
  EXPECT_EQ(small.at("requests").as_int64(), 4) << "one was before the time that was asked for";
  EXPECT_EQ(small.at("errors").as_int64(), 1) << "neither the 429 nor what the client gave up";
  EXPECT_EQ(small.at("rate_limited").as_int64(), 1);
  EXPECT_NEAR(small.at("first_byte_us").at("p50").to_number<double>(), 8000, 160);
  EXPECT_EQ(model_of("sim-large").at("requests").as_int64(), 1);
  EXPECT_TRUE(model_of("sim-tools").at("first_byte_us").at("p50").is_null());
}

TEST_F(ProvidersTest, ShowsBreakersAndWhereAPriceIsFrom) {
  office_.world.model_health_ = {
      {.model = "sim-small", .breaker = ModelHealth::Breaker::kOpen, .rests_until = now() + std::chrono::seconds(40)},
      {.model = "sim-tools", .breaker = ModelHealth::Breaker::kHalfOpen, .rests_until = {}}};
  const auto small = model_of("sim-small");
  EXPECT_EQ(text(small.at("breaker")), "open");
  EXPECT_EQ(text(small.at("rests_until")), "2023-11-14T22:14:00.000000Z");
  EXPECT_DOUBLE_EQ(small.at("price").at("input").to_number<double>(), 0.1);
  EXPECT_EQ(text(small.at("price").at("source")), "configuration");
  EXPECT_TRUE(small.at("price").at("verified").is_null());
  EXPECT_EQ(text(model_of("sim-tools").at("breaker")), "half_open");
  EXPECT_EQ(text(model_of("sim-large").at("breaker")), "closed") << "nobody has asked it yet";
}

TEST_F(ProvidersTest, ACatalogueModelHasItsPriceWithSourceAndDate) {
  config::Config config = office_.world.configured_;
  config.models.push_back({.name = "gpt-4o-mini", .provider = "sim-small", .upstream = "gpt-4o-mini"});
  use(std::move(config));
  const auto price = model_of("gpt-4o-mini").at("price");
  ASSERT_TRUE(price.at("input").is_number()) << "of the catalogue";
  EXPECT_THAT(text(price.at("source")), ::testing::StartsWith("catalogue"));
}

}  // namespace
}  // namespace pointsman::admin
