#include "watch/text_traits.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace pointsman::watch {
namespace {

TextTraits traits(std::string_view text) {
  text::Tokens tokens;
  text::tokenize(text, tokens);
  return traits_of(tokens);
}

TEST(TextTraits, TellTheScriptOfMostLetters) {
  const std::pair<std::string_view, Script> cases[] = {
      {"", Script::kNone},
      {"12 + 30 = ?", Script::kNone},
      {"book a table for two", Script::kLatin},
      {"Übergröße ändern, größer machen", Script::kLatin},
      {"ακύρωση κράτησης", Script::kGreek},
      {"закажи столик на двоих in Paris", Script::kCyrillic},
      {"احجز طاولة لشخصين", Script::kRightToLeft},
      {"הזמן שולחן לשניים", Script::kRightToLeft},
      {"दो लोगों के लिए एक मेज बुक करें", Script::kIndic},
      {"二人用のテーブルを予約して", Script::kEastAsian},
      {"두 사람을 위한 테이블 예약", Script::kEastAsian},
      {"จองโต๊ะสำหรับสองคน", Script::kOther},
  };
  for (const auto& [text, script] : cases) EXPECT_EQ(traits(text).script, script) << text;
}

TEST(TextTraits, TellWhatTheTextIsMadeOf) {
  EXPECT_FALSE(traits("say it").digits);
  EXPECT_TRUE(traits("say it 3 times").digits);
  EXPECT_TRUE(traits("fix this\n```\nint x\n```\n").code);
  EXPECT_TRUE(traits("for (;;) {\n  f();\n}\n").code);
  EXPECT_FALSE(traits("Dear all:\nhello").code);
  EXPECT_TRUE(traits("buy\n- eggs\n- milk\n").list);
  EXPECT_FALSE(traits("one - two").list);
  EXPECT_EQ(traits("four").bytes, 4U);
}

TEST(TextTraits, TakeAnyBytes) {
  std::string bytes;
  for (int i = 0; i < 256 * 40; ++i) bytes.push_back(static_cast<char>(i * 7 % 256));
  EXPECT_EQ(traits(bytes).bytes, bytes.size());
}

}  // namespace
}  // namespace pointsman::watch
