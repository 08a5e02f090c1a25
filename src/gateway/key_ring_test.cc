// Which key a client sent, and who it is.
#include "gateway/key_ring.h"

#include <gmock/gmock.h>

#include "base/rng.h"
#include "gateway/presented_key.h"
#include "ledger/key_text.h"

namespace pointsman::gateway {
namespace {

using ledger::Key;
using testing::HasSubstr;

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

class KeyRingTest : public testing::Test {
 protected:
  std::string new_text() {
    std::array<unsigned char, ledger::kKeyRandomBytes> bytes{};
    for (unsigned char& one : bytes) one = static_cast<unsigned char>(rng_.next());
    return std::string(ledger::key_text(bytes).reveal());
  }
  // A key whose secret is `text`.
  Key key(std::string name, std::string_view text) {
    Key made{.id = ids_.next(kNow), .name = std::move(name), .owner = "acme", .created = kNow};
    made.secrets = {{.digest = ledger::key_digest(text), .until = {}}};
    return made;
  }
  static std::string found(const KeyRing& ring, std::string_view text, base::WallTime now = kNow) {
    const auto who = ring.find(text, now);
    if (who) return (*who)->name;
    return who.error() == KeyRefusal::kForeign    ? "foreign"
           : who.error() == KeyRefusal::kMistyped ? "mistyped"
           : who.error() == KeyRefusal::kExpired  ? "expired"
                                                  : "unknown";
  }

  base::Rng rng_{1};
  base::UuidGenerator ids_{2};
};

TEST_F(KeyRingTest, FindsEachOfManyKeysAndNoOther) {
  std::vector<std::string> texts;
  std::vector<Key> keys;
  for (int i = 0; i < 300; ++i) {
    texts.push_back(new_text());
    keys.push_back(key("k" + std::to_string(i), texts.back()));
  }
  const KeyRing ring(keys, kNow);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto who = ring.find(texts[i], kNow);
    ASSERT_TRUE(who.has_value());
    EXPECT_EQ((*who)->key, keys[i].id);
    EXPECT_EQ((*who)->row, i);
    EXPECT_EQ((*who)->owner, "acme");
  }
  for (int i = 0; i < 300; ++i) EXPECT_EQ(found(ring, new_text()), "unknown");
}

TEST_F(KeyRingTest, AnEmptyRingKnowsNobody) {
  EXPECT_TRUE(KeyRing().empty());
  EXPECT_EQ(found(KeyRing(), new_text()), "unknown");
  EXPECT_EQ(found(KeyRing(), "pm-x"), "mistyped");
  EXPECT_EQ(found(KeyRing(), "sk-abc"), "foreign");
  EXPECT_EQ(found(KeyRing(), ""), "foreign");
}

TEST_F(KeyRingTest, ARevokedKeyIsNotThere) {
  const std::string text = new_text();
  Key gone = key("gone", text);
  gone.revoked = kNow;
  const KeyRing ring(std::span(&gone, 1), kNow);
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(found(ring, text), "unknown");
}

TEST_F(KeyRingTest, RowsAreThoseOfTheStoreAlsoBehindARevokedOne) {
  const std::string text = new_text();
  std::vector<Key> keys{key("gone", new_text()), key("here", text)};
  keys[0].revoked = kNow;
  const KeyRing ring(keys, kNow);
  EXPECT_EQ((*ring.find(text, kNow))->row, 1U);
}

TEST_F(KeyRingTest, AKeyExpiresWhileTheRingIsInUse) {
  const std::string text = new_text();
  Key one = key("one", text);
  one.expires = kNow + std::chrono::hours(1);
  const KeyRing ring(std::span(&one, 1), kNow);
  EXPECT_EQ(found(ring, text, kNow + std::chrono::minutes(59)), "one");
  EXPECT_EQ(found(ring, text, kNow + std::chrono::hours(1)), "expired");
}

TEST_F(KeyRingTest, ARotatedSecretIsKnownUntilItsGraceIsOver) {
  const std::string before = new_text();
  const std::string after = new_text();
  Key one = key("one", after);
  one.secrets.push_back({.digest = ledger::key_digest(before), .until = kNow + std::chrono::minutes(5)});
  const KeyRing ring(std::span(&one, 1), kNow);
  EXPECT_EQ(ring.principals().size(), 1U);
  EXPECT_EQ(found(ring, before), "one");
  EXPECT_EQ(found(ring, before, kNow + std::chrono::minutes(5)), "unknown");
  EXPECT_EQ(found(ring, after, kNow + std::chrono::minutes(5)), "one");
  EXPECT_EQ(found(KeyRing(std::span(&one, 1), kNow + std::chrono::minutes(6)), before), "unknown");
}

TEST_F(KeyRingTest, AllowsEverythingUnlessSomethingIsNamed) {
  std::vector<Key> keys{key("all", new_text()), key("some", new_text())};
  keys[1].models = {"small", "large"};
  keys[1].categories = {"chat"};
  const KeyRing ring(keys, kNow);
  EXPECT_TRUE(ring.principals()[0].may_use_model("any"));
  EXPECT_TRUE(ring.principals()[0].may_ask_for("any"));
  EXPECT_TRUE(ring.principals()[1].may_use_model("large"));
  EXPECT_TRUE(ring.principals()[1].may_use_model("small"));
  EXPECT_FALSE(ring.principals()[1].may_use_model("any"));
  EXPECT_FALSE(ring.principals()[1].may_ask_for("sums"));
}

TEST_F(KeyRingTest, RefusalsSayWhatIsWrongAndBlameTheClient) {
  for (const KeyRefusal one :
       {KeyRefusal::kForeign, KeyRefusal::kMistyped, KeyRefusal::kUnknown, KeyRefusal::kExpired}) {
    const base::Error error = refusal_error(one);
    EXPECT_EQ(error.code(), base::ErrorCode::kUnauthorized);
    EXPECT_EQ(error.origin(), base::Origin::kClient);
    EXPECT_THAT(error.message(), HasSubstr("key"));
  }
}

struct Sent {
  std::vector<http::Field> fields;
  std::string token;  // "": none; "!...": refused at that header
};

TEST(PresentedKey, IsFoundWhereverClientsPutIt) {
  const std::vector<Sent> cases{
      {{}, ""},
      {{{"content-type", "application/json"}}, ""},
      {{{"Authorization", "Bearer abc"}}, "abc"},
      {{{"authorization", "bEARER   abc "}}, "abc"},
      {{{"X-Api-Key", "abc"}}, "abc"},
      {{{"api-key", " abc"}}, "abc"},
      {{{"authorization", "Bearer abc"}, {"x-api-key", "abc"}, {"api-key", "abc"}}, "abc"},
      {{{"authorization", "Bearer abc"}, {"x-api-key", "abd"}}, "!x-api-key"},
      {{{"x-api-key", "abc"}, {"x-api-key", "abd"}}, "!x-api-key"},
      {{{"x-api-key", "abc"}, {"authorization", "Bearer ab"}}, "!authorization"},
      {{{"authorization", "Bearer "}}, "!authorization"},
      {{{"authorization", "Bearer"}}, "!authorization"},
      {{{"authorization", ""}}, "!authorization"},
      {{{"x-api-key", ""}}, "!x-api-key"},
      {{{"authorization", "Basic abc"}}, "!authorization"},
      {{{"authorization", "abc"}}, "!authorization"},
      {{{"authorization", "Bearerabc"}}, "!authorization"},
      {{{"x-api-key", "abc"}, {"api-key", ""}}, "!api-key"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    http::FieldList fields;
    for (const http::Field& field : cases[i].fields) fields.add(field);
    const auto found = presented_key(fields);
    const std::string got = !found ? "!" + found.error().place() : std::string(found->value_or(""));
    EXPECT_EQ(got, cases[i].token) << "case " << i;
    if (!found) EXPECT_EQ(found.error().code(), base::ErrorCode::kUnauthorized);
  }
}

}  // namespace
}  // namespace pointsman::gateway
