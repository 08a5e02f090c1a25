#include "base/seal.h"

#include <gtest/gtest.h>

namespace pointsman::base {
namespace {

const Sha256 kKey = sha256("key");

TEST(Seal, OpensWithItsKeyAndWithNoOther) {
  for (const std::string& text : {std::string(), std::string("text"), std::string(300'000, 'x')}) {
    const auto sealed = seal(kKey, text);
    ASSERT_TRUE(sealed.has_value());
    EXPECT_EQ(sealed->size(), text.size() + kSealBytes);
    EXPECT_EQ(unseal(kKey, *sealed), text);
    EXPECT_FALSE(unseal(sha256("another"), *sealed));
  }
}

TEST(Seal, ShowsNothingOfTheTextAndNeverTwiceTheSame) {
  const auto once = seal(kKey, "canary canary");
  const auto again = seal(kKey, "canary canary");
  ASSERT_TRUE(once && again);
  EXPECT_EQ(once->find("canary"), std::string::npos);
  EXPECT_NE(*once, *again);
}

TEST(Seal, ABitThatIsChangedAndAByteThatIsMissingAreNoticed) {
  const std::string sealed = seal(kKey, "some text").value();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      std::string changed = sealed;
      changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
      EXPECT_FALSE(unseal(kKey, changed)) << i;
    }
    EXPECT_FALSE(unseal(kKey, sealed.substr(0, i)));
    EXPECT_FALSE(unseal(kKey, sealed.substr(i + 1)));
  }
  EXPECT_FALSE(unseal(kKey, sealed + "x"));
}

}  // namespace
}  // namespace pointsman::base
