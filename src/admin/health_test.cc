// The checks behind GET /status, each from facts alone.
#include "admin/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pointsman::admin {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
const base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

TEST(Health, AFileThatWouldNotLoadIsBadBeforeTheRestartThatFindsOut) {
  EXPECT_EQ(check_file({}).state, HealthState::kOk) << "no file is no fault";
  EXPECT_EQ(check_file({.path = "p.yaml", .first = {}}).state, HealthState::kOk);
  EXPECT_EQ(check_file({.path = "p.yaml", .readable = false, .first = {}}).state, HealthState::kBad);
  EXPECT_EQ(check_file({.path = "p.yaml", .changed = true, .first = {}}).state, HealthState::kWarn);
  const HealthItem broken = check_file({.path = "p.yaml", .problems = 2, .first = "p.yaml:3:1: colour: unknown key"});
  EXPECT_EQ(broken.state, HealthState::kBad);
  EXPECT_THAT(broken.text, HasSubstr("2 problems"));
  EXPECT_THAT(broken.text, HasSubstr("colour"));
  EXPECT_EQ(broken.fix, "pointsman check");
}

TEST(Health, ALedgerThatForgetsForWantOfRoomSaysSo) {
  LedgerFacts facts{.failure = {},
                    .entries = 100,
                    .bytes = kGiB / 4,
                    .max_bytes = static_cast<std::int64_t>(kGiB),
                    .oldest = kNow - std::chrono::hours(10),
                    .retention = std::chrono::hours(24 * 30)};
  EXPECT_EQ(check_ledger(facts, kNow).state, HealthState::kOk);
  EXPECT_EQ(check_ledger(facts, kNow).text, "100 entries, 256.0 MiB of 1.0 GiB");
  facts.bytes = kGiB;
  EXPECT_EQ(check_ledger(facts, kNow).state, HealthState::kWarn);
  EXPECT_THAT(check_ledger(facts, kNow).text, HasSubstr("after 10 hours"));
  facts.oldest = kNow - std::chrono::hours(24 * 29);
  EXPECT_EQ(check_ledger(facts, kNow).state, HealthState::kOk) << "as old as they may get";
  facts.failure = "disk full";
  EXPECT_EQ(check_ledger(facts, kNow).state, HealthState::kBad);
}

TEST(Health, TheDiskMustHoldWhatTheLedgerMayGrowBy) {
  EXPECT_EQ(check_disk(DiskFacts{.free = 4 * kGiB, .total = 8 * kGiB}, kGiB).state, HealthState::kOk);
  EXPECT_EQ(check_disk(DiskFacts{.free = kGiB, .total = 8 * kGiB}, kGiB).state, HealthState::kWarn);
  EXPECT_EQ(check_disk(DiskFacts{.free = kGiB / 8, .total = 8 * kGiB}, 0).state, HealthState::kBad);
  EXPECT_EQ(check_disk(std::nullopt, 0).state, HealthState::kWarn);
}

TEST(Health, AMissingPriceIsToldBeforeAnOldOne) {
  EXPECT_EQ(check_prices({}).state, HealthState::kOk);
  const HealthItem item = check_prices(
      {{"old", route::CatalogueConcern::kOld, "2025-01-01"}, {"free", route::CatalogueConcern::kUnpriced, ""}});
  EXPECT_EQ(item.state, HealthState::kWarn);
  EXPECT_THAT(item.text, ::testing::StartsWith("free: "));
  EXPECT_THAT(item.text, HasSubstr("and 1 more"));
}

TEST(Health, APromiseThatNobodyCouldCertifyDecidesNothing) {
  ClassifierFacts facts{.wanted = true, .version = "0123456789abcdef", .next = "label 40 more"};
  EXPECT_EQ(check_classifier(facts).state, HealthState::kOk);
  EXPECT_EQ(check_classifier(facts).text, "0123456789ab decides");
  facts.promises = true;
  EXPECT_EQ(check_classifier(facts).state, HealthState::kWarn);
  EXPECT_EQ(check_classifier(facts).fix, "label 40 more");
  facts.certified = true;
  EXPECT_EQ(check_classifier(facts).state, HealthState::kOk);
  facts.version.clear();
  EXPECT_EQ(check_classifier(facts).state, HealthState::kBad);
  facts.wanted = false;
  EXPECT_EQ(check_classifier(facts).state, HealthState::kOk);
}

TEST(Health, AnOpenDoorWithoutKeysIsBad) {
  std::vector<config::ListenerConfig> listeners(1);
  EXPECT_EQ(check_keys(listeners, false).state, HealthState::kOk);
  listeners.push_back({.address = {"0.0.0.0", 8080}, .tls = {}});
  EXPECT_EQ(check_keys(listeners, true).state, HealthState::kOk);
  const HealthItem open = check_keys(listeners, false);
  EXPECT_EQ(open.state, HealthState::kBad);
  EXPECT_THAT(open.text, HasSubstr("0.0.0.0:8080"));
}

TEST(Health, SomebodyMustBeAbleToSignInAndToAdminister) {
  config::AdminConfig admin;
  EXPECT_EQ(check_users(admin).state, HealthState::kWarn);
  admin.address.host = "0.0.0.0";
  EXPECT_EQ(check_users(admin).state, HealthState::kBad);
  admin.users = {{.name = "linus", .password = {}, .role = config::AdminRole::kViewer}};
  EXPECT_EQ(check_users(admin).state, HealthState::kWarn) << "nobody may change anything";
  admin.users.front().role = config::AdminRole::kAdmin;
  EXPECT_EQ(check_users(admin).state, HealthState::kOk);
}

}  // namespace
}  // namespace pointsman::admin
