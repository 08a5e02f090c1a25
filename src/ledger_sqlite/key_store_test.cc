// Virtual keys on disk: what is kept, who changed it, and what two processes see of each other.
#include "ledger_sqlite/key_store.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/key_store_contract.h"
#include "support/temporary_directory.h"

namespace pointsman::test {

struct SqliteKeys {
  TemporaryDirectory directory;
  std::unique_ptr<ledger::KeyStore> open() { return opened(ledger_sqlite::open_key_store(directory.file("ledger"))); }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, KeyStoreContract, SqliteKeys);

}  // namespace pointsman::test

namespace pointsman::ledger_sqlite {
namespace {

using ledger::Key;
using ledger::KeyHand;
using testing::HasSubstr;

constexpr base::WallTime kNow = test::kKeyTime;

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

}  // namespace
}  // namespace pointsman::ledger_sqlite
