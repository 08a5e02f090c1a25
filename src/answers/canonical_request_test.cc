#include "answers/canonical_request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "support/random_json.h"

namespace pointsman::answers {
namespace {

using llm::Protocol;

class CanonicalRequestTest : public ::testing::Test {
 protected:
  std::optional<std::string> form(std::string_view body, Protocol protocol = Protocol::kChatCompletions) {
    return canonical_request(protocol, body, document_);
  }
  bool same(std::string_view a, std::string_view b, Protocol protocol = Protocol::kChatCompletions) {
    const auto first = form(a, protocol);
    const auto second = form(b, protocol);
    EXPECT_TRUE(first.has_value()) << a;
    EXPECT_TRUE(second.has_value()) << b;
    return first == second;
  }
  json::Document document_;
};

// A value drawn at random, written twice: as it is, and with members in another order, other spaces and other escapes.
class Twins {
 public:
  explicit Twins(unsigned seed) : random_(seed) {}

  struct Pair {
    std::string plain;
    std::string other;
  };
  // `changed`: one scalar of the other is another one.
  Pair object(bool changed) {
    changes_ = changed ? 1 : 0;
    for (;;) {
      auto pair = container(0);
      if (changes_ == 0) return pair;  // else nothing was there to change
    }
  }

 private:
  unsigned draw(unsigned below) { return static_cast<unsigned>(random_() % below); }
  std::string space() {
    static constexpr std::string_view kSpaces[] = {"", " ", "\n\t", "  "};
    return std::string(kSpaces[draw(4)]);
  }

  Pair container(int depth) {
    const unsigned count = 1 + draw(5);
    std::vector<Pair> members;
    for (unsigned i = 0; i < count; ++i) {
      Pair one = value(depth + 1);
      const std::string name = "name" + std::to_string(i);
      const std::string escaped = draw(2) == 0 ? name : R"(\u006eame)" + std::to_string(i);
      members.push_back({"\"" + name + "\":" + one.plain, "\"" + escaped + "\"" + space() + ":" + space() + one.other});
    }
    Pair out{"{", "{" + space()};
    for (std::size_t i = 0; i < count; ++i) out.plain += (i > 0 ? "," : "") + members[i].plain;
    std::ranges::shuffle(members, random_);
    for (std::size_t i = 0; i < count; ++i) out.other += (i > 0 ? "," : "") + space() + members[i].other + space();
    out.plain += "}";
    out.other += "}";
    return out;
  }

  Pair list(int depth) {
    Pair out{"[", "["};
    for (unsigned i = 0, count = draw(4); i < count; ++i) {
      const Pair one = value(depth + 1);
      out.plain += (i > 0 ? "," : "") + one.plain;
      out.other += (i > 0 ? "," : "") + space() + one.other + space();
    }
    return {out.plain + "]", out.other + "]"};
  }

  Pair value(int depth) {
    const unsigned kind = draw(depth > 4 ? 3 : 6);
    if (kind == 3) return list(depth);
    if (kind > 3) return container(depth);
    if (changes_ > 0 && draw(4) == 0) {
      --changes_;
      static constexpr std::pair<std::string_view, std::string_view> kChanged[] = {
          {"1", "1.0"}, {"1", "\"1\""},     {"\"a\"", "\"b\""}, {"true", "false"},      {"null", "\"null\""},
          {"[]", "{}"}, {"[1,2]", "[2,1]"}, {"\"\"", "\" \""},  {"{\"a\":null}", "{}"}, {"[[1],2]", "[[1,2]]"}};
      const auto& [plain, other] = kChanged[draw(std::size(kChanged))];
      return {std::string(plain), std::string(other)};
    }
    static constexpr std::pair<std::string_view, std::string_view> kSame[] = {
        {"1", "1"},
        {"-0.5e3", "-0.5e3"},
        {"true", "true"},
        {"null", "null"},
        {"\"a/b\"", R"("\u0061\/b")"},
        {"\"\xC3\xA4\"", R"("\u00e4")"},
        {"\"\xF0\x9F\x98\x80\"", R"("\ud83d\uDE00")"},
        {R"("\n")", R"("\u000a")"}};
    const auto& [plain, other] = kSame[draw(std::size(kSame))];
    return {std::string(plain), std::string(other)};
  }

  std::mt19937 random_;
  int changes_ = 0;
};

TEST_F(CanonicalRequestTest, OrderSpacesAndEscapesMakeNoDifference) {
  Twins twins(1);
  for (int i = 0; i < 400; ++i) {
    const auto pair = twins.object(false);
    ASSERT_TRUE(same(pair.plain, pair.other)) << pair.plain << "\n" << pair.other;
  }
}

TEST_F(CanonicalRequestTest, AnyOtherValueMakesAnotherForm) {
  Twins twins(2);
  for (int i = 0; i < 400; ++i) {
    const auto pair = twins.object(true);
    ASSERT_FALSE(same(pair.plain, pair.other)) << pair.plain << "\n" << pair.other;
  }
}

TEST_F(CanonicalRequestTest, NumbersCountAsTheyAreSpelled) {
  EXPECT_FALSE(same(R"({"temperature":1})", R"({"temperature":1.0})"));
  EXPECT_FALSE(same(R"({"temperature":10})", R"({"temperature":1e1})"));
  EXPECT_FALSE(same(R"({"seed":12345678901234567890})", R"({"seed":12345678901234567891})"));
}

TEST_F(CanonicalRequestTest, HalfASurrogateIsNoReplacementCharacter) {
  EXPECT_FALSE(same(R"({"a":"\ud800"})", "{\"a\":\"\xEF\xBF\xBD\"}"));
  EXPECT_FALSE(same(R"({"a":"\ud800"})", R"({"a":"\ud801"})"));
}

TEST_F(CanonicalRequestTest, ARepeatedNameIsRefusedAtAnyDepth) {
  EXPECT_FALSE(form(R"({"a":1,"a":1})"));
  EXPECT_FALSE(form(R"({"a":1,"\u0061":2})"));
  EXPECT_FALSE(form(R"({"b":[{"x":{"a":1,"c":0,"a":2}}]})"));
  EXPECT_FALSE(form(R"({"stream":false,"stream":true})"));
  EXPECT_FALSE(form(R"({"user":"a","user":"b"})"));
  EXPECT_TRUE(form(R"({"a":{"a":1},"b":{"a":1}})"));
}

TEST_F(CanonicalRequestTest, WhatIsNotOneObjectIsRefused) {
  for (const std::string_view body :
       {"", "[]", "1", "{", R"({"a":1}x)", R"({"a":01})", R"({"a":"\q"})", "{\"a\":\xff}"}) {
    EXPECT_FALSE(form(body)) << body;
  }
}

TEST_F(CanonicalRequestTest, DeepNestingIsReadToTheLimitAndRefusedBeyondIt) {
  const auto nested = [](int depth) {
    std::string body;
    for (int i = 0; i < depth; ++i) body += R"({"b":1,"a":)";
    return body + "0" + std::string(static_cast<std::size_t>(depth), '}');
  };
  EXPECT_TRUE(form(nested(128)));
  EXPECT_FALSE(form(nested(129)));
}

TEST_F(CanonicalRequestTest, ALongRequestIsRefused) {
  const std::string fits = R"({"a":")" + std::string(kLongestRequest - 8, 'x') + "\"}";
  ASSERT_EQ(fits.size(), kLongestRequest);
  EXPECT_TRUE(form(fits));
  EXPECT_FALSE(form(fits + " "));
}

TEST_F(CanonicalRequestTest, NamesOfTheAskerMakeNoDifferenceWhereTheAnswerDoesNotHaveThem) {
  constexpr std::string_view kPlain = R"({"messages":[]})";
  for (const std::string_view more :
       {R"("user":"a")", R"("safety_identifier":"a")", R"("prompt_cache_key":"k")", R"("prompt_cache_retention":"24h")",
        R"("metadata":{"trace":"1"})", R"("stream":false)", R"("stream":null)", R"("store":false)", R"("tools":[])",
        R"("tools":null)"}) {
    EXPECT_TRUE(same(kPlain, "{" + std::string(more) + R"(,"messages":[]})")) << more;
  }
  EXPECT_TRUE(same(kPlain, R"({"metadata":{"user_id":"a"},"messages":[]})", Protocol::kMessages));
  for (const std::string_view more : {R"("user":"a")", R"("metadata":{"trace":"1"})", R"("store":false)",
                                      R"("safety_identifier":"a")", R"("prompt_cache_key":"k")"}) {
    EXPECT_FALSE(same(kPlain, "{" + std::string(more) + R"(,"messages":[]})", Protocol::kResponses)) << more;
  }
}

TEST_F(CanonicalRequestTest, WhatChangesTheAnswerMakesAnotherForm) {
  constexpr std::string_view kPlain = R"({"messages":[]})";
  for (const std::string_view more :
       {R"("stream":true)", R"("temperature":0)", R"("n":2)", R"("seed":1)", R"("max_tokens":5)", R"("stop":"x")",
        R"("logprobs":true)", R"("stream_options":{"include_usage":true})", R"("model":"auto")", R"("unknown":null)"}) {
    EXPECT_FALSE(same(kPlain, "{" + std::string(more) + R"(,"messages":[]})")) << more;
  }
  // Names that only mean something to the request itself count further down.
  EXPECT_FALSE(same(R"({"x":{"user":"a"}})", R"({"x":{"user":"b"}})"));
}

TEST_F(CanonicalRequestTest, WhatActsOnTheWorldOrTheProvidersStoreIsRefused) {
  for (const std::string_view body : {R"({"store":true})", R"({"tools":[{}]})", R"({"functions":[{}]})",
                                      R"({"web_search_options":{}})", R"({"audio":{"voice":"x"}})"}) {
    EXPECT_FALSE(form(body)) << body;
  }
  for (const std::string_view body : {R"({"tools":[{}]})", R"({"background":true})", R"({"conversation":"c"})",
                                      R"({"previous_response_id":"r"})", R"({"prompt":{"id":"p"}})"}) {
    EXPECT_FALSE(form(body, Protocol::kResponses)) << body;
  }
  for (const std::string_view body : {R"({"tools":[{}]})", R"({"mcp_servers":[{}]})", R"({"container":"c"})"}) {
    EXPECT_FALSE(form(body, Protocol::kMessages)) << body;
  }
  EXPECT_FALSE(form("{}", Protocol::kEmbeddings));
  EXPECT_FALSE(form("{}", Protocol::kLegacyCompletions));
}

TEST_F(CanonicalRequestTest, AnyDocumentIsReadOrRefusedWithoutHarm) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    testing::RandomJson random(seed);
    random.repeat_names = seed % 2 == 0;
    const std::string body = random.document(100);
    const auto first = form(body);
    EXPECT_EQ(first, form(body));
    (void)form(body.substr(0, body.size() / 2));
  }
}

}  // namespace
}  // namespace pointsman::answers
