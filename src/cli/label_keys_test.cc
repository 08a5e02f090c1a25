#include "cli/label_keys.h"

#include <gtest/gtest.h>

namespace pointsman::cli {
namespace {

using learn::LabelKey;
using Kind = LabelKey::Kind;

// 'x' for a character, '<' Enter, '-' Backspace, '!' Escape.
std::u32string keys_of(LabelKeys& keys, std::string_view bytes) {
  std::u32string out;
  for (const LabelKey& key : keys.feed(bytes)) {
    if (key.kind == Kind::kEnter) out += U'<';
    if (key.kind == Kind::kBackspace) out += U'-';
    if (key.kind == Kind::kEscape) out += U'!';
    if (key.kind == Kind::kCharacter) out += key.character;
  }
  return out;
}

TEST(LabelKeys, ReadsCharactersAndTheKeysThatEditASearch) {
  LabelKeys keys;
  EXPECT_EQ(keys_of(keys, "1s/a\r\n\x7f\b"), U"1s/a<<--");
  EXPECT_EQ(keys_of(keys, "\x1b"), U"!");
  EXPECT_EQ(keys_of(keys, "\x1bq"), U"!q");
  EXPECT_EQ(keys_of(keys, "\x04"), U"q") << "the end of the input ends";
}

TEST(LabelKeys, LeavesOutKeysThatSendSequences) {
  LabelKeys keys;
  EXPECT_EQ(keys_of(keys, "\x1b[A1\x1b[3~2\x1bOP3\x1b[1;5C4"), U"1234");
  EXPECT_EQ(keys_of(keys, "\x1b["), U"");
}

TEST(LabelKeys, PutsCharactersTogetherThatArriveInPieces) {
  LabelKeys keys;
  EXPECT_EQ(keys_of(keys, "\xe6"), U"");
  EXPECT_EQ(keys_of(keys, "\xbc"), U"");
  EXPECT_EQ(keys_of(keys, "\xa2z"), U"漢z");
  EXPECT_EQ(keys_of(keys, "é😀"), U"é😀");
}

TEST(LabelKeys, AnyBytesGiveKeysAndNothingIsReadTwice) {
  LabelKeys keys;
  std::size_t read = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const char bytes[] = {static_cast<char>(byte), static_cast<char>(byte), 'x'};
    read += keys.feed({bytes, 3}).size();
  }
  EXPECT_GT(read, 256U);
  EXPECT_LE(read, 3U * 256U);
}

}  // namespace
}  // namespace pointsman::cli
