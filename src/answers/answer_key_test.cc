#include "answers/answer_key.h"

#include <gtest/gtest.h>

#include <set>

namespace pointsman::answers {
namespace {

KeyParts parts() {
  return {.content = base::sha256("content"),
          .path = "/v1/chat/completions",
          .fields = "anthropic-beta: a\n",
          .holder = Holder::kOwner,
          .holder_name = "acme",
          .category = "simple",
          .model = "small",
          .policy_version = "p",
          .config_version = "c"};
}

TEST(AnswerKey, IsTheSameForTheSameParts) {
  EXPECT_EQ(key_of(parts()), key_of(parts()));
}

TEST(AnswerKey, IsAnotherWhereAnyPartIs) {
  std::set<AnswerKey> keys{key_of(parts())};
  const auto changed = [&keys](auto change) {
    KeyParts one = parts();
    change(one);
    return keys.insert(key_of(one)).second;
  };
  EXPECT_TRUE(changed([](KeyParts& one) { one.content = base::sha256("other"); }));
  EXPECT_TRUE(changed([](KeyParts& one) { one.protocol = llm::Protocol::kMessages; }));
  EXPECT_TRUE(changed([](KeyParts& one) { one.stream = true; }));
  EXPECT_TRUE(changed([](KeyParts& one) { one.path = "/v1/messages"; }));
  EXPECT_TRUE(changed([](KeyParts& one) { one.fields = ""; }));
  EXPECT_TRUE(changed([](KeyParts& one) { one.holder = Holder::kKey; }));
  EXPECT_TRUE(changed([](KeyParts& one) { one.holder = Holder::kEverybody; }));
  EXPECT_TRUE(changed([](KeyParts& one) { one.holder_name = "acme/search"; }));
  EXPECT_TRUE(changed([](KeyParts& one) { one.category = "other"; }));
  EXPECT_TRUE(changed([](KeyParts& one) { one.model = "large"; }));
  EXPECT_TRUE(changed([](KeyParts& one) { one.policy_version = "q"; }));
  EXPECT_TRUE(changed([](KeyParts& one) { one.config_version = "d"; }));
}

TEST(AnswerKey, TextThatMovesFromOnePartToTheNextMakesAnotherKey) {
  KeyParts a = parts();
  a.category = "ab";
  a.model = "c";
  KeyParts b = parts();
  b.category = "a";
  b.model = "bc";
  EXPECT_NE(key_of(a), key_of(b));
}

}  // namespace
}  // namespace pointsman::answers
