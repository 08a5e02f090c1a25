// `tune`, `check` and `route` with a classifier that knows nothing and an encoder that knows everything.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <filesystem>

#include "classify/artefact.h"
#include "classify/certificate.h"
#include "cli/encoder_loader.h"
#include "support/command_line.h"
#include "support/safetensors_file.h"

namespace pointsman::cli {
namespace {

using test::CommandLine;
using test::get;
using test::put;
using test::Ran;
using testing::HasSubstr;
using testing::Not;
namespace json = boost::json;

// One vector a token: "rain" lies in one direction, "plus" in the other.
constexpr std::string_view kTokenizer =
    R"({"added_tokens":[],"normalizer":{"type":"BertNormalizer","lowercase":true},)"
    R"("pre_tokenizer":{"type":"BertPreTokenizer"},)"
    R"("post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},)"
    R"("model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",)"
    R"("max_input_chars_per_word":100,"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"rain":3,"plus":4}}})";

class AssistedCommands : public testing::Test {
 protected:
  AssistedCommands() {
    put_encoder(encoder_, 1);
    put_encoder(other_, 0.5F);
    classify::ModelParts parts{.categories = {"weather", "sums"}, .block_weight = {1, 1, 0, 0}};
    parts.bias = {0.1F, 0};
    parts.card = "{}";
    classify::SecondOpinionParts second{.encoder_id = id_of(encoder_), .dimensions = 2};
    second.weights = {6, 0, 0, 6};
    second.bias = {0, 0};
    second.mix = {.linear = 1, .encoder = 1, .ask_below = 0.9F};
    parts.second = classify::SecondOpinion::pack(second);
    put(model_, classify::write_artefact(parts));
    std::string lines;
    for (int i = 0; i < 200; ++i) {
      lines += R"({"text": "rain )" + std::to_string(i) + R"(", "category": "weather"})" + "\n" + R"({"text": "plus )" +
               std::to_string(i) + R"(", "category": "sums"})" + "\n";
    }
    put(data_, lines);
  }

  static void put_encoder(const std::string& folder, float share) {
    std::filesystem::create_directory(folder);
    put(folder + "/tokenizer.json", kTokenizer);
    test::SafetensorsFile file;
    file.add("embeddings", {5, 2}, {0, 0, 0, 0, 0, 0, share, 0, 0, 1});
    put(folder + "/model.safetensors", file.bytes());
  }
  static std::string id_of(const std::string& folder) {
    const auto encoder = load_encoder(folder, encode::Precision::kAuto);
    EXPECT_TRUE(encoder.has_value()) << encoder.error().message();
    return encoder ? (*encoder)->id() : std::string(64, '0');
  }
  Ran tune(std::vector<std::string> more) {
    std::vector<std::string> arguments{"tune", data_, "--model", model_, "--order", "weather,sums", "-o", certificate_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return line_.run(std::move(arguments));
  }
  void put_config(const std::string& encoder, const std::string& risk = "{under_routing: 2%, certificate: risk.json}") {
    put(config_,
        "providers: {openai: {api_key: sk-0123456789abcdef0123}}\n"
        "models:\n"
        "  small: {provider: openai, price: {input: 0.1, output: 0.4}}\n"
        "  large: {provider: openai, price: {input: 2, output: 8}}\n"
        "categories: {weather: {models: [small]}, sums: {models: [large]}}\n"
        "router:\n"
        "  fallback: [large]\n"
        "  classifier: model.pm\n" +
            (encoder.empty() ? "" : "  encoder: " + encoder + "\n") + (risk.empty() ? "" : "  risk: " + risk + "\n"));
  }
  Ran check() { return line_.run({"check", "--config", config_}); }

  test::TemporaryDirectory directory_;
  std::string encoder_ = directory_.file("meanings");
  std::string other_ = directory_.file("other");
  std::string model_ = directory_.file("model.pm");
  std::string data_ = directory_.file("requests.jsonl");
  std::string certificate_ = directory_.file("risk.json");
  std::string config_ = directory_.file("pointsman.yaml");
  CommandLine line_;
};

TEST_F(AssistedCommands, TuneProvesTheClassifierWithItsEncoderAndSaysSo) {
  const Ran ran = tune({"--encoder", encoder_});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("with the encoder " + encoder_ + " (" + id_of(encoder_).substr(0, 12) + ")"));
  EXPECT_THAT(ran.err, Not(HasSubstr("note: this classifier was trained with an encoder")));
  const auto read = classify::read_certificate(get(certificate_));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->encoder, id_of(encoder_));
  EXPECT_EQ(read->evidence.kept, 400U) << "the encoder errs nowhere";
  for (const classify::DoubtLevel& one : read->traffic.levels)
    EXPECT_GT(one.below, 0.9F) << "of the same probabilities";
}

TEST_F(AssistedCommands, WithoutTheOptionTheCertificateIsAboutTheClassifierAlone) {
  const Ran ran = tune({"--risk", "2%"});
  EXPECT_EQ(ran.code, kCheckFailed) << "alone it knows nothing";
  EXPECT_THAT(ran.err,
              HasSubstr("note: this classifier was trained with an encoder; what is proved without --encoder"));
  EXPECT_EQ(classify::read_certificate(get(certificate_))->encoder, "");
  put_config("meanings");
  const Ran checked = check();
  ASSERT_EQ(checked.code, kOk) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("the sentence encoder is not asked: router.risk's certificate was proved for the "
                                     "classifier alone; `pointsman tune --encoder` proves one for both"));
}

TEST_F(AssistedCommands, AnEncoderThatTheClassifierDoesNotKnowProvesNothing) {
  const Ran ran = tune({"--encoder", other_});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("was trained with the encoder " + id_of(encoder_).substr(0, 12) + ", not with"));
  EXPECT_EQ(tune({"--encoder", directory_.file("nowhere")}).code, kFailed);
}

TEST_F(AssistedCommands, CheckWantsTheEncoderOfTheCertificate) {
  ASSERT_EQ(tune({"--encoder", encoder_}).code, kOk);
  put_config("meanings");
  const Ran good = check();
  ASSERT_EQ(good.code, kOk) << good.err;
  EXPECT_THAT(good.out, HasSubstr("encoder     " + encoder_));
  EXPECT_THAT(good.out, Not(HasSubstr("not asked")));
  put_config("");
  const Ran unset = check();
  EXPECT_EQ(unset.code, kCheckFailed);
  EXPECT_THAT(unset.err, HasSubstr(config_ + ":9:"));
  EXPECT_THAT(unset.err, HasSubstr("router.encoder is not set; set it to the folder of that encoder"));
  put_config("other");
  const Ran other = check();
  EXPECT_EQ(other.code, kCheckFailed);
  EXPECT_THAT(other.err, HasSubstr(config_ + ":10:"));
  EXPECT_THAT(other.err, HasSubstr("but router.encoder is " + id_of(other_).substr(0, 12)));
  EXPECT_THAT(other.err, HasSubstr("--encoder " + other_));
}

TEST_F(AssistedCommands, RouteDecidesAsTheGatewayAndShowsBothOpinions) {
  ASSERT_EQ(tune({"--encoder", encoder_}).code, kOk);
  put_config("meanings");
  const Ran ran = line_.run({"route", "--config", config_, "plus 7"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("category  sums"));
  EXPECT_THAT(ran.out, testing::ContainsRegex("encoder   used, after .*; the classifier alone said weather \\(0\\.52"));
  EXPECT_THAT(ran.out, HasSubstr("asked out of doubt")) << "also in what the classifier saw";
  const json::value root = json::parse(line_.run({"route", "--config", config_, "--json", "plus 7"}).out);
  EXPECT_EQ(root.at("reason").as_string(), "at_or_above_certified_threshold");
  EXPECT_EQ(root.at("encoder").at("before").at("category").as_string(), "weather");
  EXPECT_TRUE(root.at("why").at("encoder").at("asked").as_bool());
  EXPECT_GT(root.at("why").at("encoder").at("log_odds").to_number<double>(), 0);
}

TEST_F(AssistedCommands, RouteTakesAnotherEncoderThanTheConfigurations) {
  put_config("other", "");
  const Ran without = line_.run({"route", "--config", config_, "plus 7"});
  ASSERT_EQ(without.code, kOk) << without.err;
  EXPECT_THAT(without.err, HasSubstr("note: the classifier wants the sentence encoder"));
  EXPECT_THAT(without.out, HasSubstr("encoder   unavailable\n"));
  const Ran with = line_.run({"route", "--config", config_, "--encoder", encoder_, "plus 7"});
  ASSERT_EQ(with.code, kOk) << with.err;
  EXPECT_THAT(with.out, HasSubstr("encoder   used, after "));
  EXPECT_EQ(with.err, "");
}

}  // namespace
}  // namespace pointsman::cli
