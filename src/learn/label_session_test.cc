#include "learn/label_session.h"

#include <gtest/gtest.h>

namespace pointsman::learn {
namespace {

using Kind = LabelEffect::Kind;

LabelKey key(char32_t character) {
  return {.character = character};
}
constexpr LabelKey kEnter{.kind = LabelKey::Kind::kEnter};
constexpr LabelKey kBackspace{.kind = LabelKey::Kind::kBackspace};
constexpr LabelKey kEscape{.kind = LabelKey::Kind::kEscape};

std::vector<LabelItem> items(std::size_t count) {
  std::vector<LabelItem> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back({.id = "id" + std::to_string(i), .text = "text number " + std::to_string(i), .why = "unsure"});
  }
  return out;
}

LabelSession of_three(std::size_t count = 3) {
  LabelSession session({"chat", "code", "maths"});
  session.add(items(count));
  return session;
}

// Twelve categories; the stages believe in the last ones most.
LabelSession of_twelve() {
  LabelSession session({"card_arrival", "card_linking", "exchange_rate", "card_payment", "cash", "top_up", "transfer",
                        "refund", "pin_blocked", "passcode", "terminate", "verify_card"});
  auto list = items(3);
  for (LabelItem& one : list) {
    one.opinions = {{"classifier", {0, 0, 0, 0.1F, 0, 0, 0, 0, 0, 0, 0.2F, 0.6F}, ""}};
  }
  session.add(std::move(list));
  return session;
}

std::string screen(const LabelSession& session) {
  std::string out;
  for (const std::string& line : session.screen(80, 24)) out += line + "\n";
  return out;
}

struct OneKey {
  const char* name;
  char32_t key;
  Kind kind;
  std::size_t category;
};

class LabelKeys : public testing::TestWithParam<OneKey> {};

TEST_P(LabelKeys, DoWhatTheySay) {
  LabelSession session = of_three();
  const LabelEffect effect = session.press(key(GetParam().key));
  EXPECT_EQ(effect.kind, GetParam().kind);
  EXPECT_EQ(effect.item, 0U);
  if (effect.kind == Kind::kLabelled) EXPECT_EQ(effect.category, GetParam().category);
}

INSTANTIATE_TEST_SUITE_P(
    All, LabelKeys,
    testing::Values(OneKey{"one", '1', Kind::kLabelled, 0}, OneKey{"three", '3', Kind::kLabelled, 2},
                    OneKey{"four_has_no_category", '4', Kind::kNothing, 0}, OneKey{"nought", '0', Kind::kLabelled, 3},
                    OneKey{"none", 'n', Kind::kLabelled, 3}, OneKey{"skip", 's', Kind::kSkipped, 0},
                    OneKey{"nothing_to_undo", 'u', Kind::kNothing, 0}, OneKey{"help", '?', Kind::kNothing, 0},
                    OneKey{"quit", 'q', Kind::kQuit, 0}, OneKey{"search_of_few", '/', Kind::kNothing, 0},
                    OneKey{"another", 'x', Kind::kNothing, 0}),
    [](const testing::TestParamInfo<OneKey>& info) { return std::string(info.param.name); });

TEST(LabelSession, GoesThroughTheItemsAndCounts) {
  LabelSession session = of_three();
  EXPECT_NE(screen(session).find("1 of 3; 0 labelled, 0 skipped"), std::string::npos);
  EXPECT_EQ(session.press(key('2')).item, 0U);
  EXPECT_EQ(session.press(key('s')).item, 1U);
  EXPECT_NE(screen(session).find("3 of 3; 1 labelled, 1 skipped"), std::string::npos);
  EXPECT_NE(screen(session).find("| text number 2"), std::string::npos);
  EXPECT_FALSE(session.done());
  session.press(key('n'));
  EXPECT_TRUE(session.done());
  EXPECT_EQ(session.labelled(), 2U);
  EXPECT_EQ(session.press(key('1')).kind, Kind::kNothing);
  EXPECT_NE(screen(session).find("That was all"), std::string::npos);
}

TEST(LabelSession, UndoesOneAfterTheOtherAndSaysWhatToTakeBack) {
  LabelSession session = of_three();
  session.press(key('2'));
  session.press(key('3'));
  const LabelEffect first = session.press(key('u'));
  EXPECT_EQ(first.kind, Kind::kUndone);
  EXPECT_EQ(first.item, 1U);
  EXPECT_EQ(first.category, 2U);
  EXPECT_EQ(session.press(key('u')).item, 0U);
  EXPECT_EQ(session.press(key('u')).kind, Kind::kNothing);
  EXPECT_NE(screen(session).find("nothing to undo"), std::string::npos);
  EXPECT_EQ(session.press(key('1')).item, 0U);
}

TEST(LabelSession, UndoesAlsoWhenAllIsDone) {
  LabelSession session = of_three(1);
  session.press(key('1'));
  ASSERT_TRUE(session.done());
  EXPECT_EQ(session.press(key('u')).item, 0U);
  EXPECT_FALSE(session.done());
}

TEST(LabelSession, TakesMoreWhileItRuns) {
  LabelSession session = of_three(1);
  session.press(key('1'));
  session.add(items(2));
  EXPECT_FALSE(session.done());
  EXPECT_EQ(session.press(key('1')).item, 1U);
}

TEST(LabelSession, HelpsUntilTheNextKeyWhichDoesNothingElse) {
  LabelSession session = of_three();
  session.press(key('?'));
  EXPECT_NE(screen(session).find("any key goes back"), std::string::npos);
  EXPECT_EQ(session.press(key('q')).kind, Kind::kNothing);
  EXPECT_NE(screen(session).find("text number 0"), std::string::npos);
}

TEST(LabelSession, OfManyCategoriesOffersTheLikeliestFirst) {
  LabelSession session = of_twelve();
  EXPECT_NE(screen(session).find("1  verify_card"), std::string::npos);
  EXPECT_NE(screen(session).find("2  terminate"), std::string::npos);
  EXPECT_EQ(session.press(key('1')).category, 11U);
}

TEST(LabelSession, SearchNarrowsByLettersAndEnterTakesTheFirst) {
  LabelSession session = of_twelve();
  session.press(key('/'));
  for (const char32_t c : std::u32string(U"Card")) session.press(key(c));
  EXPECT_NE(screen(session).find("/Card_  4 of 12 categories"), std::string::npos);
  EXPECT_EQ(session.press(kEnter).category, 11U);
  session.press(key('/'));
  for (const char32_t c : std::u32string(U"card l")) session.press(key(c));
  EXPECT_EQ(session.press(key('1')).category, 1U);
}

TEST(LabelSession, SearchTakesCommandLettersAsLetters) {
  LabelSession session = of_twelve();
  session.press(key('/'));
  for (const char32_t c : std::u32string(U"qsnu")) EXPECT_EQ(session.press(key(c)).kind, Kind::kNothing);
  EXPECT_NE(screen(session).find("/qsnu_  0 of 12 categories"), std::string::npos);
  EXPECT_EQ(session.press(kEnter).kind, Kind::kNothing);
  EXPECT_EQ(session.press(key('1')).kind, Kind::kNothing);
  for (int i = 0; i < 3; ++i) session.press(kBackspace);
  EXPECT_NE(screen(session).find("/q_  "), std::string::npos);
  session.press(kEscape);
  EXPECT_EQ(session.press(key('s')).kind, Kind::kSkipped);
}

TEST(LabelSession, BackspaceLeavesAnEmptySearchAndUndoesWholeCharacters) {
  LabelSession session = of_twelve();
  session.press(key('/'));
  session.press(key(U'é'));
  session.press(kBackspace);
  EXPECT_NE(screen(session).find("/_  12 of 12 categories"), std::string::npos);
  session.press(kBackspace);
  EXPECT_NE(screen(session).find("/ search"), std::string::npos);
}

TEST(LabelSession, TakesNoControlCharactersIntoASearchAndBoundsIt) {
  LabelSession session = of_twelve();
  session.press(key('/'));
  session.press(key(0x1B));
  for (int i = 0; i < 500; ++i) session.press(key('z'));
  for (const std::string& line : session.screen(200, 24)) {
    EXPECT_LT(line.size(), 200U);
    EXPECT_EQ(line.find('\x1B'), std::string::npos);
  }
}

TEST(LabelSession, WithoutItemsIsDone) {
  LabelSession session({"a", "b"});
  EXPECT_TRUE(session.done());
  EXPECT_EQ(session.press(key('1')).kind, Kind::kNothing);
  EXPECT_EQ(session.press(key('q')).kind, Kind::kQuit);
}

}  // namespace
}  // namespace pointsman::learn
