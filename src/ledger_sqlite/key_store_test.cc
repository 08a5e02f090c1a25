// Virtual keys on disk: what is kept, who changed it, and what two processes see of each other.
#include "ledger_sqlite/key_store.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "ledger/key_text.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

using ledger::Key;
using ledger::KeyHand;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};
constexpr std::chrono::seconds kNoGrace{0};

base::Sha256 digest_of(std::string_view text) {
  return ledger::key_digest(text);
}

class KeyStoreTest : public testing::Test {
 protected:
  std::unique_ptr<ledger::KeyStore> open(OpenMode mode = OpenMode::kReadWriteCreate) {
    auto store = open_key_store(path_, mode);
    if (!store) ADD_FAILURE() << store.error().message();
    return store ? std::move(*store) : nullptr;
  }
  Key key(std::string name) {
    Key made{.id = ids_.next(kNow), .name = std::move(name), .created = kNow, .tail = "tail"};
    made.secrets = {{.digest = digest_of(made.name), .until = {}}};
    return made;
  }
  static KeyHand hand(int seconds = 0) { return {"ada", kNow + std::chrono::seconds(seconds)}; }

  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("ledger");
  base::UuidGenerator ids_{5};
};

TEST_F(KeyStoreTest, GivesBackAllThatWasKept) {
  Key full = key("full");
  full.owner = "acme/search";
  full.expires = kNow + std::chrono::days(90);
  full.models = {"small", "large"};
  full.categories = {"sums", "chat"};
  full.budgets = {{ledger::KeyPeriod::kDay, base::Money{5}, {}}, {ledger::KeyPeriod::kMonth, base::Money{50}, 1'000}};
  full.rates = {60, 1'000'000, 4};
  const Key plain = key("plain");
  const auto store = open();
  ASSERT_TRUE(store->create(full, hand()));
  ASSERT_TRUE(store->create(plain, hand()));
  EXPECT_THAT(*open()->keys(), ElementsAre(full, plain));
  EXPECT_EQ(open()->find("full").value(), full);
  EXPECT_EQ(open()->find(plain.id.to_string()).value(), plain);
  EXPECT_FALSE(open()->find("other").value().has_value());
}

TEST_F(KeyStoreTest, NamesAreUniqueAmongThoseThatAreNotRevoked) {
  const auto store = open();
  const Key first = key("ci");
  ASSERT_TRUE(store->create(first, hand()));
  const auto taken = store->create(key("ci"), hand());
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(taken.error().message(), HasSubstr("ci"));
  ASSERT_TRUE(store->revoke(first.id, hand(1)).value());
  Key second = key("ci");
  second.secrets[0].digest = digest_of("another");
  ASSERT_TRUE(store->create(second, hand(2)));
  EXPECT_EQ(store->find("ci").value()->id, second.id);
  EXPECT_EQ(store->find(first.id.to_string()).value()->revoked, hand(1).at);
}

TEST_F(KeyStoreTest, RefusesAKeyThatIsNotAsItShouldBe) {
  const auto store = open();
  EXPECT_EQ(store->create(key("a b"), hand()).error().place(), "name");
  EXPECT_THAT(*store->keys(), ElementsAre());
  EXPECT_EQ(store->version().value(), 0);
}

TEST_F(KeyStoreTest, ARevokedKeyHasNoSecretsAndIsRevokedOnce) {
  const auto store = open();
  const Key one = key("one");
  ASSERT_TRUE(store->create(one, hand()));
  EXPECT_TRUE(store->revoke(one.id, hand(1)).value());
  EXPECT_FALSE(store->revoke(one.id, hand(2)).value());
  const auto kept = store->find(one.id.to_string()).value();
  EXPECT_TRUE(kept->secrets.empty());
  EXPECT_EQ(kept->revoked, hand(1).at);
  EXPECT_EQ(store->rotate(one.id, digest_of("new"), "w-ew", kNoGrace, hand(3)).error().code(),
            base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(store->revoke(ids_.next(kNow), hand()).error().code(), base::ErrorCode::kNotFound);
}

TEST_F(KeyStoreTest, RotationEndsTheOldSecretAtOnceOrAfterItsGrace) {
  const auto store = open();
  const Key one = key("one");
  ASSERT_TRUE(store->create(one, hand()));
  ASSERT_TRUE(store->rotate(one.id, digest_of("second"), "2222", std::chrono::hours(1), hand(10)));
  const base::WallTime grace = hand(10).at + std::chrono::hours(1);
  auto kept = store->find("one").value();
  EXPECT_EQ(kept->id, one.id);
  EXPECT_EQ(kept->tail, "2222");
  EXPECT_THAT(kept->secrets,
              ElementsAre(ledger::KeySecret{digest_of("second"), {}}, ledger::KeySecret{digest_of("one"), grace}));
  // A longer grace for the second does not make the first live longer.
  ASSERT_TRUE(store->rotate(one.id, digest_of("third"), "3333", std::chrono::hours(5), hand(20)));
  kept = store->find("one").value();
  ASSERT_EQ(kept->secrets.size(), 3U);
  EXPECT_EQ(kept->secrets[2], (ledger::KeySecret{digest_of("one"), grace}));
  ASSERT_TRUE(store->rotate(one.id, digest_of("fourth"), "4444", kNoGrace, hand(30)));
  EXPECT_THAT(store->find("one").value()->secrets, ElementsAre(ledger::KeySecret{digest_of("fourth"), {}}));
}

TEST_F(KeyStoreTest, AChangeReplacesTheTermsAndNothingElse) {
  Key before = key("ci");
  before.owner = "acme";
  before.expires = kNow + std::chrono::days(1);
  before.models = {"small"};
  before.budgets = {{ledger::KeyPeriod::kDay, base::Money{5}, {}}, {ledger::KeyPeriod::kMonth, base::Money{50}, 1'000}};
  before.rates = {60, {}, 4};
  const Key other = key("other");
  const auto store = open();
  ASSERT_TRUE(store->create(before, hand()));
  ASSERT_TRUE(store->create(other, hand()));
  Key after = before;
  after.expires.reset();
  after.models = {"large", "small"};
  after.categories = {"sums"};
  after.budgets = {{ledger::KeyPeriod::kWeek, {}, 7}};
  after.rates = {{}, 1'000, 5};
  Key given = after;
  given.owner = "zenith";  // not for change() to give
  given.name = "another";
  given.tail = "XXXX";
  given.secrets.clear();
  ASSERT_TRUE(store->change(before, given, hand(9)));
  EXPECT_THAT(*store->keys(), ElementsAre(after, other));
  const auto events = store->events(after.id);
  ASSERT_TRUE(events);
  EXPECT_EQ(events->back().kind, "changed");
  EXPECT_EQ(events->back().name, "ci");
  EXPECT_EQ(events->back().at, hand(9).at);
  EXPECT_THAT(events->back().detail, HasSubstr("ends with tail, "));
  EXPECT_THAT(events->back().detail, HasSubstr("7 tokens a week"));
}

TEST_F(KeyStoreTest, AChangeOfWhatSomebodyElseChangedMeanwhileIsRefused) {
  const auto store = open();
  const auto rival = open();
  const Key before = key("ci");
  ASSERT_TRUE(store->create(before, hand()));
  Key mine = before;
  mine.models = {"small"};
  Key theirs = before;
  theirs.rates.concurrent = 2;
  ASSERT_TRUE(rival->change(before, theirs, hand(1)));
  const auto late = store->change(before, mine, hand(2));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ((*store->find("ci"))->rates.concurrent, 2);
  // A new secret is no other terms.
  ASSERT_TRUE(rival->rotate(before.id, digest_of("new"), "_new", kNoGrace, hand(3)));
  EXPECT_TRUE(store->change(theirs, mine, hand(4)));
  EXPECT_EQ((*store->find("ci"))->tail, "_new");
}

TEST_F(KeyStoreTest, AChangeNeedsALiveKeyAndTermsThatCanBe) {
  const auto store = open();
  const Key one = key("ci");
  EXPECT_EQ(store->change(one, one, hand()).error().code(), base::ErrorCode::kNotFound);
  ASSERT_TRUE(store->create(one, hand()));
  Key wrong = one;
  wrong.rates.concurrent = 0;
  EXPECT_EQ(store->change(one, wrong, hand()).error().code(), base::ErrorCode::kInvalidArgument);
  ASSERT_TRUE(store->revoke(one.id, hand()));
  EXPECT_EQ(store->change(one, one, hand()).error().code(), base::ErrorCode::kInvalidArgument);
}

TEST_F(KeyStoreTest, TheVersionGrowsWithEveryChangeByWhomever) {
  const auto watching = open();
  const auto changing = open();
  const Key one = key("one");
  std::int64_t last = watching->version().value();
  const auto grown = [&] { return std::exchange(last, watching->version().value()) < last; };
  EXPECT_FALSE(grown());
  ASSERT_TRUE(changing->create(one, hand()));
  EXPECT_TRUE(grown());
  EXPECT_FALSE(changing->create(key("one"), hand()).has_value());
  EXPECT_FALSE(grown()) << "nothing has changed";
  ASSERT_TRUE(changing->rotate(one.id, digest_of("new"), "-new", kNoGrace, hand()));
  EXPECT_TRUE(grown());
  ASSERT_TRUE(changing->revoke(one.id, hand()));
  EXPECT_TRUE(grown());
  ASSERT_TRUE(changing->revoke(one.id, hand()));
  EXPECT_FALSE(grown());
}

TEST_F(KeyStoreTest, EveryChangeIsOnRecordWithItsHand) {
  const auto store = open();
  Key one = key("one");
  one.owner = "acme";
  ASSERT_TRUE(store->create(one, hand()));
  ASSERT_TRUE(store->create(key("two"), {"bob", kNow}));
  ASSERT_TRUE(store->rotate(one.id, digest_of("new"), "-new", kNoGrace, hand(5)));
  ASSERT_TRUE(store->revoke(one.id, {"bob", kNow + std::chrono::seconds(9)}));
  EXPECT_EQ(store->events({})->size(), 4U);
  const auto events = store->events(one.id).value();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].kind, "created");
  EXPECT_EQ(events[0].who, "ada");
  EXPECT_EQ(events[0].key, one.id);
  EXPECT_EQ(events[0].name, "one");
  EXPECT_THAT(events[0].detail, HasSubstr("owner acme"));
  EXPECT_EQ(events[1].kind, "rotated");
  EXPECT_EQ(events[1].at, hand(5).at);
  EXPECT_THAT(events[1].detail, HasSubstr("-new"));
  EXPECT_EQ(events[2].kind, "revoked");
  EXPECT_EQ(events[2].who, "bob");
}

TEST_F(KeyStoreTest, NoSecretIsEverInAFileAndNobodyElseCanReadThem) {
  std::array<unsigned char, ledger::kKeyRandomBytes> random{};
  random.fill(0xa7);
  const base::Secret secret = ledger::key_text(random);
  const auto store = open();
  Key one = key("one");
  one.secrets[0].digest = digest_of(secret.reveal());
  one.tail = secret.reveal().substr(secret.reveal().size() - ledger::kKeyTailBytes);
  ASSERT_TRUE(store->create(one, hand()));
  const std::string_view digits = secret.reveal().substr(3, 43);
  const std::string raw(reinterpret_cast<const char*>(random.data()), random.size());
  for (const auto& at : std::filesystem::directory_iterator(path_)) {
    std::ostringstream bytes;
    bytes << std::ifstream(at.path(), std::ios::binary).rdbuf();
    EXPECT_EQ(bytes.str().find(digits.substr(0, 8)), std::string::npos) << at.path();
    EXPECT_EQ(bytes.str().find(raw), std::string::npos) << at.path();
    struct stat facts{};
    ASSERT_EQ(::stat(at.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600U) << at.path();
  }
}

TEST_F(KeyStoreTest, ReadingWhereNoKeyWasMadeMakesNothing) {
  const auto reader = open_key_store(path_, OpenMode::kReadOnly);
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code(), base::ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(KeyStoreTest, AReaderSeesChangesAndMakesNone) {
  const auto writer = open();
  ASSERT_TRUE(writer->create(key("one"), hand()));
  const auto reader = open(OpenMode::kReadOnly);
  EXPECT_EQ(reader->keys()->size(), 1U);
  EXPECT_FALSE(reader->create(key("two"), hand()).has_value());
  ASSERT_TRUE(writer->create(key("three"), hand()));
  EXPECT_EQ(reader->keys()->size(), 2U);
}

TEST_F(KeyStoreTest, ADigestThatIsDamagedIsNamed) {
  const auto store = open();
  ASSERT_TRUE(store->create(key("one"), hand()));
  auto database = Database::open(path_ + "/" + kAccessFile, OpenMode::kReadWriteCreate);
  ASSERT_TRUE(database->execute("UPDATE key_secrets SET digest = x'00'"));
  const auto read = store->keys();
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), base::ErrorCode::kCorrupt);
  EXPECT_THAT(read.error().message(), HasSubstr("the key one"));
}

TEST_F(KeyStoreTest, ManyThatMakeKeysAtOnceAllGetTheirs) {
  std::vector<std::thread> makers;
  for (int maker = 0; maker < 5; ++maker) {
    makers.emplace_back([this, maker] {
      base::UuidGenerator ids(100 + static_cast<std::uint64_t>(maker));
      const auto store = open();
      for (int i = 0; store && i < 6; ++i) {
        Key one{.id = ids.next(kNow), .name = std::to_string(maker) + "-" + std::to_string(i), .created = kNow};
        one.secrets = {{.digest = digest_of(one.name), .until = {}}};
        EXPECT_TRUE(store->create(one, hand()));
      }
    });
  }
  for (std::thread& one : makers) one.join();
  EXPECT_EQ(open()->keys()->size(), 30U);
  EXPECT_EQ(open()->version().value(), 30);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
