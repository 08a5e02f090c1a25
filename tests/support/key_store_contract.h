// What every driver of ledger::KeyStore must do, as tests that a driver's own test program instantiates.
//
// For tests; one thread. A driver is a default-constructible type with `std::unique_ptr<ledger::KeyStore> open()`: each
// call gives another connection to the same, at first empty, store, from any thread.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <vector>

#include "ledger/key_store.h"
#include "ledger/key_text.h"
#include "support/contract.h"

namespace pointsman::test {

inline constexpr base::WallTime kKeyTime{std::chrono::seconds(1'700'000'000)};
inline constexpr std::chrono::seconds kNoGrace{0};

inline base::Sha256 key_digest_of(std::string_view text) {
  return ledger::key_digest(text);
}

template <class Driver>
class KeyStoreContract : public Contract<Driver> {
 protected:
  ledger::Key key(std::string name) {
    ledger::Key made{.id = ids_.next(kKeyTime), .name = std::move(name), .created = kKeyTime, .tail = "tail"};
    made.secrets = {{.digest = key_digest_of(made.name), .until = {}}};
    return made;
  }
  static ledger::KeyHand hand(int seconds = 0) { return {"ada", kKeyTime + std::chrono::seconds(seconds)}; }

  base::UuidGenerator ids_{5};
};

TYPED_TEST_SUITE_P(KeyStoreContract);

TYPED_TEST_P(KeyStoreContract, GivesBackAllThatWasKept) {
  ledger::Key full = this->key("full");
  full.owner = "acme/search";
  full.expires = kKeyTime + std::chrono::days(90);
  full.models = {"small", "large"};
  full.categories = {"sums", "chat"};
  full.budgets = {{ledger::KeyPeriod::kDay, base::Money{5}, {}}, {ledger::KeyPeriod::kMonth, base::Money{50}, 1'000}};
  full.rates = {60, 1'000'000, 4};
  const ledger::Key plain = this->key("plain");
  const auto store = this->driver_.open();
  ASSERT_TRUE(store->create(full, this->hand()));
  ASSERT_TRUE(store->create(plain, this->hand()));
  EXPECT_THAT(*this->driver_.open()->keys(), testing::ElementsAre(full, plain));
  EXPECT_EQ(this->driver_.open()->find("full").value(), full);
  EXPECT_EQ(this->driver_.open()->find(plain.id.to_string()).value(), plain);
  EXPECT_FALSE(this->driver_.open()->find("other").value().has_value());
}

TYPED_TEST_P(KeyStoreContract, NamesAreUniqueAmongThoseThatAreNotRevoked) {
  const auto store = this->driver_.open();
  const ledger::Key first = this->key("ci");
  ASSERT_TRUE(store->create(first, this->hand()));
  const auto taken = store->create(this->key("ci"), this->hand());
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(taken.error().message(), testing::HasSubstr("ci"));
  ASSERT_TRUE(store->revoke(first.id, this->hand(1)).value());
  ledger::Key second = this->key("ci");
  second.secrets[0].digest = key_digest_of("another");
  ASSERT_TRUE(store->create(second, this->hand(2)));
  EXPECT_EQ(store->find("ci").value()->id, second.id);
  EXPECT_EQ(store->find(first.id.to_string()).value()->revoked, this->hand(1).at);
}

TYPED_TEST_P(KeyStoreContract, RefusesAKeyThatIsNotAsItShouldBe) {
  const auto store = this->driver_.open();
  EXPECT_EQ(store->create(this->key("a b"), this->hand()).error().place(), "name");
  EXPECT_THAT(*store->keys(), testing::ElementsAre());
  EXPECT_EQ(store->version().value(), 0);
}

TYPED_TEST_P(KeyStoreContract, ARevokedKeyHasNoSecretsAndIsRevokedOnce) {
  const auto store = this->driver_.open();
  const ledger::Key one = this->key("one");
  ASSERT_TRUE(store->create(one, this->hand()));
  EXPECT_TRUE(store->revoke(one.id, this->hand(1)).value());
  EXPECT_FALSE(store->revoke(one.id, this->hand(2)).value());
  const auto kept = store->find(one.id.to_string()).value();
  EXPECT_TRUE(kept->secrets.empty());
  EXPECT_EQ(kept->revoked, this->hand(1).at);
  EXPECT_EQ(store->rotate(one.id, key_digest_of("new"), "w-ew", kNoGrace, this->hand(3)).error().code(),
            base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(store->revoke(this->ids_.next(kKeyTime), this->hand()).error().code(), base::ErrorCode::kNotFound);
}

TYPED_TEST_P(KeyStoreContract, RotationEndsTheOldSecretAtOnceOrAfterItsGrace) {
  const auto store = this->driver_.open();
  const ledger::Key one = this->key("one");
  ASSERT_TRUE(store->create(one, this->hand()));
  ASSERT_TRUE(store->rotate(one.id, key_digest_of("second"), "2222", std::chrono::hours(1), this->hand(10)));
  const base::WallTime grace = this->hand(10).at + std::chrono::hours(1);
  auto kept = store->find("one").value();
  EXPECT_EQ(kept->id, one.id);
  EXPECT_EQ(kept->tail, "2222");
  EXPECT_THAT(kept->secrets, testing::ElementsAre(ledger::KeySecret{key_digest_of("second"), {}},
                                                  ledger::KeySecret{key_digest_of("one"), grace}));
  // A longer grace for the second does not make the first live longer.
  ASSERT_TRUE(store->rotate(one.id, key_digest_of("third"), "3333", std::chrono::hours(5), this->hand(20)));
  kept = store->find("one").value();
  ASSERT_EQ(kept->secrets.size(), 3U);
  EXPECT_EQ(kept->secrets[2], (ledger::KeySecret{key_digest_of("one"), grace}));
  ASSERT_TRUE(store->rotate(one.id, key_digest_of("fourth"), "4444", kNoGrace, this->hand(30)));
  EXPECT_THAT(store->find("one").value()->secrets,
              testing::ElementsAre(ledger::KeySecret{key_digest_of("fourth"), {}}));
}

TYPED_TEST_P(KeyStoreContract, AChangeReplacesTheTermsAndNothingElse) {
  ledger::Key before = this->key("ci");
  before.owner = "acme";
  before.expires = kKeyTime + std::chrono::days(1);
  before.models = {"small"};
  before.budgets = {{ledger::KeyPeriod::kDay, base::Money{5}, {}}, {ledger::KeyPeriod::kMonth, base::Money{50}, 1'000}};
  before.rates = {60, {}, 4};
  const ledger::Key other = this->key("other");
  const auto store = this->driver_.open();
  ASSERT_TRUE(store->create(before, this->hand()));
  ASSERT_TRUE(store->create(other, this->hand()));
  ledger::Key after = before;
  after.expires.reset();
  after.models = {"large", "small"};
  after.categories = {"sums"};
  after.budgets = {{ledger::KeyPeriod::kWeek, {}, 7}};
  after.rates = {{}, 1'000, 5};
  ledger::Key given = after;
  given.owner = "zenith";  // not for change() to give
  given.name = "another";
  given.tail = "XXXX";
  given.secrets.clear();
  ASSERT_TRUE(store->change(before, given, this->hand(9)));
  EXPECT_THAT(*store->keys(), testing::ElementsAre(after, other));
  const auto events = store->events(after.id);
  ASSERT_TRUE(events);
  EXPECT_EQ(events->back().kind, "changed");
  EXPECT_EQ(events->back().name, "ci");
  EXPECT_EQ(events->back().at, this->hand(9).at);
  EXPECT_THAT(events->back().detail, testing::HasSubstr("ends with tail, "));
  EXPECT_THAT(events->back().detail, testing::HasSubstr("7 tokens a week"));
}

TYPED_TEST_P(KeyStoreContract, AChangeOfWhatSomebodyElseChangedMeanwhileIsRefused) {
  const auto store = this->driver_.open();
  const auto rival = this->driver_.open();
  const ledger::Key before = this->key("ci");
  ASSERT_TRUE(store->create(before, this->hand()));
  ledger::Key mine = before;
  mine.models = {"small"};
  ledger::Key theirs = before;
  theirs.rates.concurrent = 2;
  ASSERT_TRUE(rival->change(before, theirs, this->hand(1)));
  const auto late = store->change(before, mine, this->hand(2));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ((*store->find("ci"))->rates.concurrent, 2);
  // A new secret is no other terms.
  ASSERT_TRUE(rival->rotate(before.id, key_digest_of("new"), "_new", kNoGrace, this->hand(3)));
  EXPECT_TRUE(store->change(theirs, mine, this->hand(4)));
  EXPECT_EQ((*store->find("ci"))->tail, "_new");
}

TYPED_TEST_P(KeyStoreContract, AChangeNeedsALiveKeyAndTermsThatCanBe) {
  const auto store = this->driver_.open();
  const ledger::Key one = this->key("ci");
  EXPECT_EQ(store->change(one, one, this->hand()).error().code(), base::ErrorCode::kNotFound);
  ASSERT_TRUE(store->create(one, this->hand()));
  ledger::Key wrong = one;
  wrong.rates.concurrent = 0;
  EXPECT_EQ(store->change(one, wrong, this->hand()).error().code(), base::ErrorCode::kInvalidArgument);
  ASSERT_TRUE(store->revoke(one.id, this->hand()));
  EXPECT_EQ(store->change(one, one, this->hand()).error().code(), base::ErrorCode::kInvalidArgument);
}

TYPED_TEST_P(KeyStoreContract, TheVersionGrowsWithEveryChangeByWhomever) {
  const auto watching = this->driver_.open();
  const auto changing = this->driver_.open();
  const ledger::Key one = this->key("one");
  std::int64_t last = watching->version().value();
  const auto grown = [&] { return std::exchange(last, watching->version().value()) < last; };
  EXPECT_FALSE(grown());
  ASSERT_TRUE(changing->create(one, this->hand()));
  EXPECT_TRUE(grown());
  EXPECT_FALSE(changing->create(this->key("one"), this->hand()).has_value());
  EXPECT_FALSE(grown()) << "nothing has changed";
  ASSERT_TRUE(changing->rotate(one.id, key_digest_of("new"), "-new", kNoGrace, this->hand()));
  EXPECT_TRUE(grown());
  ASSERT_TRUE(changing->revoke(one.id, this->hand()));
  EXPECT_TRUE(grown());
  ASSERT_TRUE(changing->revoke(one.id, this->hand()));
  EXPECT_FALSE(grown());
}

TYPED_TEST_P(KeyStoreContract, EveryChangeIsOnRecordWithItsHand) {
  const auto store = this->driver_.open();
  ledger::Key one = this->key("one");
  one.owner = "acme";
  ASSERT_TRUE(store->create(one, this->hand()));
  ASSERT_TRUE(store->create(this->key("two"), {"bob", kKeyTime}));
  ASSERT_TRUE(store->rotate(one.id, key_digest_of("new"), "-new", kNoGrace, this->hand(5)));
  ASSERT_TRUE(store->revoke(one.id, {"bob", kKeyTime + std::chrono::seconds(9)}));
  EXPECT_EQ(store->events({})->size(), 4U);
  const auto events = store->events(one.id).value();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].kind, "created");
  EXPECT_EQ(events[0].who, "ada");
  EXPECT_EQ(events[0].key, one.id);
  EXPECT_EQ(events[0].name, "one");
  EXPECT_THAT(events[0].detail, testing::HasSubstr("owner acme"));
  EXPECT_EQ(events[1].kind, "rotated");
  EXPECT_EQ(events[1].at, this->hand(5).at);
  EXPECT_THAT(events[1].detail, testing::HasSubstr("-new"));
  EXPECT_EQ(events[2].kind, "revoked");
  EXPECT_EQ(events[2].who, "bob");
}

TYPED_TEST_P(KeyStoreContract, ManyThatMakeKeysAtOnceAllGetTheirs) {
  std::vector<std::thread> makers;
  for (int maker = 0; maker < 5; ++maker) {
    makers.emplace_back([this, maker] {
      base::UuidGenerator ids(100 + static_cast<std::uint64_t>(maker));
      const auto store = this->driver_.open();
      for (int i = 0; store && i < 6; ++i) {
        ledger::Key one{
            .id = ids.next(kKeyTime), .name = std::to_string(maker) + "-" + std::to_string(i), .created = kKeyTime};
        one.secrets = {{.digest = key_digest_of(one.name), .until = {}}};
        EXPECT_TRUE(store->create(one, this->hand()));
      }
    });
  }
  for (std::thread& one : makers) one.join();
  EXPECT_EQ(this->driver_.open()->keys()->size(), 30U);
  EXPECT_EQ(this->driver_.open()->version().value(), 30);
}

REGISTER_TYPED_TEST_SUITE_P(KeyStoreContract, GivesBackAllThatWasKept, NamesAreUniqueAmongThoseThatAreNotRevoked,
                            RefusesAKeyThatIsNotAsItShouldBe, ARevokedKeyHasNoSecretsAndIsRevokedOnce,
                            RotationEndsTheOldSecretAtOnceOrAfterItsGrace, AChangeReplacesTheTermsAndNothingElse,
                            AChangeOfWhatSomebodyElseChangedMeanwhileIsRefused, AChangeNeedsALiveKeyAndTermsThatCanBe,
                            TheVersionGrowsWithEveryChangeByWhomever, EveryChangeIsOnRecordWithItsHand,
                            ManyThatMakeKeysAtOnceAllGetTheirs);

}  // namespace pointsman::test
