// Keys, their texts, and what one entry adds to the sums of spend.
#include "ledger/key.h"

#include <gtest/gtest.h>

#include <set>

#include "base/rng.h"
#include "ledger/key_text.h"
#include "ledger/spend.h"

namespace pointsman::ledger {
namespace {

using Bytes = std::array<unsigned char, kKeyRandomBytes>;

std::string text_of(const Bytes& random) {
  return std::string(key_text(random).reveal());
}

Bytes random_bytes(base::Rng& rng) {
  Bytes bytes{};
  for (unsigned char& one : bytes) one = static_cast<unsigned char>(rng.next());
  return bytes;
}

TEST(KeyText, WritesTheBytesAsOneNumberInBase62) {
  Bytes bytes{};
  EXPECT_EQ(text_of(bytes).substr(0, 46), "pm-" + std::string(43, '0'));
  bytes.back() = 61;
  EXPECT_EQ(text_of(bytes).substr(0, 46), "pm-" + std::string(42, '0') + "z");
  bytes.back() = 62;
  EXPECT_EQ(text_of(bytes).substr(0, 46), "pm-" + std::string(41, '0') + "10");
  bytes.fill(0xff);  // 2^256 - 1, computed with another program
  EXPECT_EQ(text_of(bytes).substr(3, 43), "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
}

TEST(KeyText, IsAKeyWithAFixedSizeWhateverTheBytes) {
  base::Rng rng(1);
  std::set<std::string> seen;
  for (int i = 0; i < 500; ++i) {
    const std::string text = text_of(random_bytes(rng));
    EXPECT_EQ(text.size(), kKeyTextBytes);
    EXPECT_EQ(key_form(text), KeyForm::kKey) << text;
    EXPECT_TRUE(seen.insert(text).second);
  }
}

TEST(KeyText, EveryWrongCharacterMakesItMistyped) {
  base::Rng rng(2);
  const std::string text = text_of(random_bytes(rng));
  for (std::size_t at = kKeyPrefix.size(); at < text.size(); ++at) {
    for (const char other : {'0', 'a', 'Z', '-', ' ', '\0', '\x80'}) {
      std::string wrong = text;
      if (wrong[at] == other) continue;
      wrong[at] = other;
      EXPECT_EQ(key_form(wrong), KeyForm::kMistyped) << wrong;
    }
  }
}

TEST(KeyText, NeighboursThatChangedPlacesMakeItMistyped) {
  base::Rng rng(3);
  const std::string text = text_of(random_bytes(rng));
  for (std::size_t at = kKeyPrefix.size(); at + 1 < text.size(); ++at) {
    std::string wrong = text;
    std::swap(wrong[at], wrong[at + 1]);
    EXPECT_EQ(key_form(wrong), wrong == text ? KeyForm::kKey : KeyForm::kMistyped) << wrong;
  }
}

TEST(KeyText, TellsWhatIsNoKeyOfOursFromWhatIsCut) {
  base::Rng rng(4);
  const std::string text = text_of(random_bytes(rng));
  for (const std::string_view foreign : {"", "pm", "sk-proj-0123456789", "PM-0", "Bearer pm-"}) {
    EXPECT_EQ(key_form(foreign), KeyForm::kForeign) << foreign;
  }
  for (std::size_t size = kKeyPrefix.size(); size < text.size(); ++size) {
    EXPECT_EQ(key_form(text.substr(0, size)), KeyForm::kMistyped);
  }
  EXPECT_EQ(key_form(text + "0"), KeyForm::kMistyped);
  EXPECT_EQ(key_form("pm-" + std::string(1 << 20, 'a')), KeyForm::kMistyped);
}

TEST(Key, NamesAreShortAndPlain) {
  for (const char* good : {"a", "search-ci", "9", "A.b_c-d"}) EXPECT_TRUE(valid_key_name(good)) << good;
  EXPECT_TRUE(valid_key_name(std::string(64, 'a')));
  for (const char* bad : {"", "-a", ".a", "a b", "a/b", "a#b", "ä", "a\n"}) EXPECT_FALSE(valid_key_name(bad)) << bad;
  EXPECT_FALSE(valid_key_name(std::string(65, 'a')));
}

TEST(Key, OwnersArePathsWithoutEmptyParts) {
  for (const char* good : {"a", "acme/search", "a/b/c/d/e/f", "team:7"}) EXPECT_TRUE(valid_owner(good)) << good;
  for (const char* bad : {"", "/a", "a/", "a//b", "a b", "a#b", "a@b", "a,b", "a/b/c/d/e/f/g"}) {
    EXPECT_FALSE(valid_owner(bad)) << bad;
  }
  EXPECT_FALSE(valid_owner(std::string(129, 'a')));
}

TEST(Key, ChecksNameTheFieldThatIsWrong) {
  const base::WallTime now{std::chrono::seconds(1'700'000'000)};
  const Key good{.name = "a", .created = now, .budgets = {{.tokens = 1}, {KeyPeriod::kDay, base::Money{1}, {}}}};
  ASSERT_TRUE(check_key(good));
  const auto place_with = [&](auto change) {
    Key key = good;
    change(key);
    const auto done = check_key(key);
    return done ? "nothing" : done.error().place();
  };
  EXPECT_EQ(place_with([](Key& key) { key.name = "a b"; }), "name");
  EXPECT_EQ(place_with([](Key& key) { key.owner = "a/"; }), "owner");
  EXPECT_EQ(place_with([&](Key& key) { key.expires = now; }), "expires");
  EXPECT_EQ(place_with([](Key& key) { key.models = {"m", "n", "m"}; }), "models");
  EXPECT_EQ(place_with([](Key& key) { key.models.resize(65, "m"); }), "models");
  EXPECT_EQ(place_with([](Key& key) { key.categories = {""}; }), "categories");
  EXPECT_EQ(place_with([](Key& key) { key.budgets = {{}}; }), "budgets");
  EXPECT_EQ(place_with([](Key& key) { key.budgets[0].tokens = 0; }), "budgets");
  EXPECT_EQ(place_with([](Key& key) { key.budgets[1].money = base::Money{-1}; }), "budgets");
  EXPECT_EQ(place_with([](Key& key) { key.budgets[1].period = KeyPeriod::kMonth; }), "budgets");
  EXPECT_EQ(place_with([](Key& key) { key.rates.concurrent = 0; }), "limits");
}

TEST(Charge, IsWhatBudgetsWereChargedAndWhoseItWas) {
  Entry entry;
  entry.started = base::WallTime(std::chrono::minutes(15) * 1000 + std::chrono::seconds(899));
  EXPECT_FALSE(charge_of(entry).has_value());
  entry.bill = {.owner = "acme/search", .charged = base::Money{70}, .charged_tokens = 12};
  entry.key = "ci";
  entry.user = 9;
  const auto charge = charge_of(entry);
  ASSERT_TRUE(charge.has_value());
  EXPECT_EQ(charge->owner, "acme/search");
  EXPECT_EQ(charge->key, "ci");
  EXPECT_EQ(charge->user, 9U);
  EXPECT_EQ(charge->bucket, 1000);
  EXPECT_EQ(charge->spend, (Spend{70, 12, 1, 1})) << "its cost is unknown, though budgets were charged";
  entry.cost = base::Money{60};
  EXPECT_EQ(charge_of(entry)->spend, (Spend{70, 12, 1, 0}));
}

TEST(Charge, ARequestOfUnknownPriceStillCountsItsTokens) {
  Entry entry;
  entry.bill.charged_tokens = 12;
  EXPECT_EQ(charge_of(entry)->spend, (Spend{0, 12, 1, 1}));
  entry.bill.charged_tokens = -5;
  EXPECT_EQ(charge_of(entry)->spend, (Spend{0, 0, 1, 1}));
}

TEST(Charge, BucketsAreQuarterHoursAndNeverLongAgo) {
  const auto at = [](std::int64_t seconds) { return spend_bucket(base::WallTime(std::chrono::seconds(seconds))); };
  EXPECT_EQ(at(900), 1);
  EXPECT_EQ(at(1799), 1);
  EXPECT_EQ(at(1800), 2);
  EXPECT_EQ(at(0), 1);
  EXPECT_EQ(at(-1'000'000), 1);
}

TEST(Spend, StaysAtTheLargestValueInsteadOfOverflowing) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  Spend sum{kMost - 1, 5, 1, 0};
  sum += {2, kMost, 1, 1};
  EXPECT_EQ(sum, (Spend{kMost, kMost, 2, 1}));
}

}  // namespace
}  // namespace pointsman::ledger
