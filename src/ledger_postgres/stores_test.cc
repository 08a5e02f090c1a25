// Feedback, classifiers, keys and the audit record in PostgreSQL: the contracts that SQLite holds too.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ledger_postgres/audit_store.h"
#include "ledger_postgres/classifier_registry.h"
#include "ledger_postgres/feedback_store.h"
#include "ledger_postgres/key_store.h"
#include "support/audit_store_contract.h"
#include "support/classifier_registry_contract.h"
#include "support/feedback_store_contract.h"
#include "support/key_store_contract.h"
#include "support/postgres_server.h"

namespace pointsman::test {

template <auto kOpen>
struct PostgresStore {
  static std::string missing() { return PostgresServer::shared().missing(); }
  auto open() const { return opened(kOpen(schema.target())); }
  TestSchema schema;
};

using PostgresFeedback = PostgresStore<&ledger_postgres::open_feedback_store>;
using PostgresClassifiers = PostgresStore<&ledger_postgres::open_classifier_registry>;
using PostgresKeys = PostgresStore<&ledger_postgres::open_key_store>;
using PostgresAudit = PostgresStore<&ledger_postgres::open_audit_store>;
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, FeedbackStoreContract, PostgresFeedback);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, ClassifierRegistryContract, PostgresClassifiers);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, KeyStoreContract, PostgresKeys);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, AuditStoreContract, PostgresAudit);

}  // namespace pointsman::test

namespace pointsman::ledger_postgres {
namespace {

class StoresTest : public testing::Test {
 protected:
  void SetUp() override { PM_NEEDS_POSTGRES(); }
  test::TestSchema schema_;
};

TEST_F(StoresTest, AnArtefactOfManyPartsComesBackAndDamageIsNoticed) {
  const auto registry = test::opened(open_classifier_registry(schema_.target()));
  std::string artefact((std::size_t{5} << 20) / 2, 'x');
  for (std::size_t i = 0; i < artefact.size(); i += 7) artefact[i] = static_cast<char>(i);
  const auto version = test::classifier_version(artefact);
  ASSERT_TRUE(registry->add(version, artefact, test::registry_event("registered", version.version)).value());
  EXPECT_TRUE(registry->artefact(version.version).value() == artefact);
  EXPECT_EQ(schema_.integer("SELECT count(*) FROM classifier_parts"), 3);
  ASSERT_TRUE(schema_.run("DELETE FROM classifier_parts WHERE part = 2").has_value());
  EXPECT_EQ(registry->artefact(version.version).error().code(), base::ErrorCode::kCorrupt);
}

TEST_F(StoresTest, TheIndexFindsWhatWasSaidAndWhoHoldsWhat) {
  const auto store = test::opened(open_feedback_store(schema_.target()));
  const auto index = test::opened(open_feedback_index(schema_.target()));
  base::UuidGenerator ids(3);
  const ledger::Entry about = test::typical_entry(ids.next(test::kFeedbackTime));
  ledger::Feedback one{.id = ids.next(test::kFeedbackTime), .decision = about.id, .idempotency_key = "k"};
  ledger::Feedback two{.id = ids.next(test::kFeedbackTime), .decision = about.id};
  ASSERT_TRUE(store->add(one, about).has_value());
  ASSERT_TRUE(store->add(two, about).has_value());
  EXPECT_EQ(index->about(about.id)->size(), 2U);
  EXPECT_EQ(index->about(two.id)->size(), 0U);
  EXPECT_EQ((*index->find(two.id))->id, two.id);
  EXPECT_EQ((*index->with_key("k"))->id, one.id);
  EXPECT_FALSE(index->with_key("other")->has_value());
  const base::WallTime until = test::kFeedbackTime + std::chrono::minutes(5);
  ASSERT_TRUE(store->lease(about.id, "ada", test::kFeedbackTime, until).value());
  ASSERT_EQ(index->leases(test::kFeedbackTime)->size(), 1U);
  EXPECT_EQ(index->leases(test::kFeedbackTime)->front().who, "ada");
  EXPECT_EQ(index->leases(until)->size(), 0U);
}

TEST_F(StoresTest, TheSameIdempotencyKeyFromManyAtOnceIsKeptOnce) {
  base::UuidGenerator ids(4);
  const ledger::Entry about = test::typical_entry(ids.next(test::kFeedbackTime));
  std::vector<std::thread> senders;
  std::atomic<int> kept{0};
  for (int i = 0; i < 4; ++i) {
    ledger::Feedback one{.id = ids.next(test::kFeedbackTime), .decision = about.id, .idempotency_key = "k"};
    senders.emplace_back([this, &about, &kept, one] {
      const auto store = test::opened(open_feedback_store(schema_.target()));
      const auto receipt = store->add(one, about);
      ASSERT_TRUE(receipt.has_value()) << receipt.error().message();
      if (!receipt->repeated) ++kept;
    });
  }
  for (std::thread& one : senders) one.join();
  EXPECT_EQ(kept.load(), 1);
}

}  // namespace
}  // namespace pointsman::ledger_postgres
