#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "encode/wordpiece.h"

namespace pointsman::encode {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The parts of a tokenizer.json, each replaceable.
struct Parts {
  std::string added = R"([{"id":2,"content":"[CLS]","single_word":false,"lstrip":false,"rstrip":false,)"
                      R"("normalized":false,"special":true},{"id":9,"content":"[NEW]","normalized":false}])";
  std::string normalizer =
      R"({"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true})";
  std::string pre_tokenizer = R"({"type":"BertPreTokenizer"})";
  std::string post_processor =
      R"({"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},)"
      R"({"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],"pair":[],)"
      R"("special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},)"
      R"("[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}})";
  std::string model = R"({"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",)"
                      R"("max_input_chars_per_word":100,"vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,)"
                      R"("caf\u00e9":4,"cafe":5,"##s":6,"Cafe":7}})";
  std::string json() const {
    return R"({"version":"1.0","truncation":{"max_length":128},"padding":null,"added_tokens":)" + added +
           R"(,"normalizer":)" + normalizer + R"(,"pre_tokenizer":)" + pre_tokenizer + R"(,"post_processor":)" +
           post_processor + R"(,"decoder":{"type":"WordPiece"},"model":)" + model + "}";
  }
};

std::vector<std::uint32_t> encode(const WordPiece& with, std::string_view text) {
  WordPiece::Work work;
  std::vector<std::uint32_t> ids;
  with.encode(text, 512, work, ids);
  return ids;
}

std::vector<std::uint32_t> encode(const Parts& parts, std::string_view text, const WordPieceOverrides& overrides = {}) {
  const auto with = WordPiece::from_tokenizer_json(parts.json(), overrides);
  EXPECT_TRUE(with.has_value()) << (with ? "" : with.error().place() + ": " + with.error().message());
  return with ? encode(*with, text) : std::vector<std::uint32_t>();
}

TEST(TokenizerJson, ReadsTheUsualPipeline) {
  EXPECT_THAT(encode(Parts(), "Cafés [NEW] café"), ElementsAre(2, 5, 6, 9, 5, 3));
}

TEST(TokenizerJson, StripsAccentsAsItLowersUnlessItSaysOtherwise) {
  Parts cased;
  cased.normalizer = R"({"type":"BertNormalizer","lowercase":false})";
  EXPECT_THAT(encode(cased, "café Cafe"), ElementsAre(2, 4, 7, 3));
  Parts accents;
  accents.normalizer = R"({"type":"BertNormalizer","lowercase":true,"strip_accents":false})";
  EXPECT_THAT(encode(accents, "Café"), ElementsAre(2, 4, 3));
}

TEST(TokenizerJson, LetsTheOtherFilesOverrideTheNormalizer) {
  EXPECT_THAT(encode(Parts(), "Cafe café", {.lowercase = false}), ElementsAre(2, 7, 4, 3));
  EXPECT_THAT(encode(Parts(), "café", {.strip_accents = std::optional<bool>(false)}), ElementsAre(2, 4, 3));
  Parts accents;
  accents.normalizer = R"({"type":"BertNormalizer","lowercase":true,"strip_accents":false})";
  EXPECT_THAT(encode(accents, "café", {.strip_accents = std::optional<bool>()}), ElementsAre(2, 5, 3));
}

TEST(TokenizerJson, ReadsWhatOlderAndOtherWritersWrite) {
  Parts parts;
  parts.post_processor = R"({"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]})";
  EXPECT_THAT(encode(parts, "cafe"), ElementsAre(2, 5, 3));
  parts.post_processor = "null";
  EXPECT_THAT(encode(parts, "cafe"), ElementsAre(5));
  parts.normalizer = R"({"type":"Sequence","normalizers":[)" + Parts().normalizer + "]}";
  parts.pre_tokenizer = R"({"type":"Sequence","pretokenizers":[{"type":"BertPreTokenizer"}]})";
  EXPECT_THAT(encode(parts, "cafe"), ElementsAre(5));
  parts.model.replace(parts.model.find(R"("type":"WordPiece",)"), 19, "");
  EXPECT_THAT(encode(parts, "cafe"), ElementsAre(5));
}

struct Refusal {
  std::string Parts::* part;
  std::string value;
  std::string place;
  std::string what;
};

void expect_refused(const std::vector<Refusal>& cases) {
  for (const Refusal& c : cases) {
    Parts parts;
    parts.*c.part = c.value;
    const auto with = WordPiece::from_tokenizer_json(parts.json());
    ASSERT_FALSE(with.has_value()) << c.value;
    EXPECT_EQ(with.error().place(), c.place) << c.value << ": " << with.error().message();
    EXPECT_THAT(with.error().message(), HasSubstr(c.what)) << c.value;
  }
}

TEST(TokenizerJson, RefusesOtherPipelinesWhereTheyDiffer) {
  const std::string seq =
      R"({"type":"Sequence","normalizers":[)" + Parts().normalizer + "," + Parts().normalizer + "]}";
  expect_refused({
      {&Parts::normalizer, "null", "/normalizer", "BertNormalizer"},
      {&Parts::normalizer, R"({"type":"NFC"})", "/normalizer/type", "'NFC'"},
      {&Parts::normalizer, R"({"clean_text":true})", "/normalizer", "type"},
      {&Parts::normalizer, R"({"type":"BertNormalizer","lowercase":1})", "/normalizer/lowercase", "true or false"},
      {&Parts::normalizer, R"({"type":"BertNormalizer","more":1})", "/normalizer/more", "member"},
      {&Parts::normalizer, seq, "/normalizer/normalizers/1", "several"},
      {&Parts::normalizer, R"({"type":"Sequence","normalizers":[]})", "/normalizer/normalizers", "empty"},
      {&Parts::normalizer, R"({"type":"Sequence"})", "/normalizer", "needed"},
      {&Parts::pre_tokenizer, R"({"type":"Whitespace"})", "/pre_tokenizer/type", "'Whitespace'"},
      {&Parts::pre_tokenizer, "null", "/pre_tokenizer", "BertPreTokenizer"},
      {&Parts::post_processor, R"({"type":"RobertaProcessing"})", "/post_processor/type", "'RobertaProcessing'"},
      {&Parts::model, R"({"type":"BPE","vocab":{},"merges":[]})", "/model/type", "'BPE'"},
      {&Parts::model, R"({"vocab":{}})", "/model", "type"},
      {&Parts::added, R"([{"id":2,"content":"[CLS]","normalized":true}])", "/added_tokens/0/normalized", "false"},
      {&Parts::added, R"([{"id":2,"content":"[CLS]","single_word":true}])", "/added_tokens/0/single_word", "false"},
  });
}

TEST(TokenizerJson, RefusesNumbersThatDisagree) {
  const std::string begin = R"({"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":)";
  const std::string text = R"({"Sequence":{"id":"A","type_id":0}})";
  const std::string model = R"({"type":"WordPiece","unk_token":"[UNK]","max_input_chars_per_word":100,"vocab":)";
  expect_refused({
      {&Parts::added, R"([{"id":3,"content":"[CLS]"}])", "/added_tokens", "'[CLS]'"},
      {&Parts::added, R"([{"id":5,"content":"[NEW]"}])", "/added_tokens", "'[NEW]'"},
      {&Parts::added, R"([{"id":9,"content":"x"},{"id":9,"content":"x"}])", "/added_tokens/1/content", "twice"},
      {&Parts::added, R"([{"content":"x"}])", "/added_tokens/0", "id"},
      {&Parts::added, R"([{"id":9,"content":""}])", "/added_tokens/0", "content"},
      {&Parts::added, R"([{"id":9,"content":"\ufffd"}])", "/added_tokens/0/content", "U+FFFD"},
      {&Parts::post_processor, R"({"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",2]})",
       "/post_processor/sep", "'[SEP]'"},
      {&Parts::post_processor, begin + "0}}," + text + R"(],"special_tokens":{}})", "/post_processor/special_tokens",
       "'[CLS]'"},
      {&Parts::post_processor, begin + "1}}," + text + "]}", "/post_processor/single/0/SpecialToken/type_id", "types"},
      {&Parts::post_processor, begin + "0}}]}", "/post_processor/single", "no text"},
      {&Parts::post_processor, R"({"type":"TemplateProcessing","single":[)" + text + "," + text + "]}",
       "/post_processor/single/1/Sequence", "one text"},
      {&Parts::model, model + R"({"[CLS]":2,"[SEP]":3}})", "/model", "'[UNK]'"},
      {&Parts::model, model + R"({"[UNK]":1,"a":1}})", "/model/vocab/a", "number of '[UNK]'"},
      {&Parts::model, model + R"({"[UNK]":1,"a":-1}})", "/model/vocab/a", "0 to"},
      {&Parts::model, model + R"({"[UNK]":1,"a":4294967296}})", "/model/vocab/a", "0 to"},
      {&Parts::model, model + R"({"[UNK]":1,"":4}})", "/model/vocab/", "empty"},
      {&Parts::model, model + R"({"[UNK]":1,"a/b":4,"a/b":5}})", "/model/vocab", "'a/b' is there twice"},
  });
}

TEST(TokenizerJson, RefusesTextThatIsNoJson) {
  for (const std::string_view text : {"", "{", "[]", "{} {}", "\xFF", R"({"model":)"}) {
    EXPECT_FALSE(WordPiece::from_tokenizer_json(text).has_value()) << text;
  }
  const std::string good = Parts().json();
  for (std::size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(WordPiece::from_tokenizer_json(good.substr(0, n)).has_value()) << n;
  }
}

TEST(TokenizerJson, FindsALongerTokenBeforeOneThatBeginsIt) {
  Parts parts;
  parts.added = R"([{"id":10,"content":"<a"},{"id":11,"content":"<ab>"},{"id":12,"content":"af"}])";
  EXPECT_THAT(encode(parts, "<ab><ac CAFE cafe"), ElementsAre(2, 11, 10, 1, 5, 1, 12, 1, 3));
}

}  // namespace
}  // namespace pointsman::encode
