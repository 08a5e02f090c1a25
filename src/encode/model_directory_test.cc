#include "encode/model_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

#include "encode/bert.h"
#include "support/safetensors_file.h"

namespace pointsman::encode {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kTokenizer =
    R"({"added_tokens":[],"normalizer":{"type":"BertNormalizer","lowercase":true},)"
    R"("pre_tokenizer":{"type":"BertPreTokenizer"},)"
    R"("post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},)"
    R"("model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",)"
    R"("max_input_chars_per_word":100,"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3}}})";
constexpr std::string_view kModules =
    R"([{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},)"
    R"({"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},)"
    R"({"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}])";

// The weights of a model with 5 pieces, 4 numbers a vector, 2 layers, 6 numbers in between and 8 positions.
struct Weights {
  std::string prefix;
  std::string weight = ".weight";  // of LayerNorm
  std::string bias = ".bias";
  std::string left_out;
  std::size_t intermediate = 6;

  std::string bytes() const {
    test::SafetensorsFile file;
    const auto add = [&](const std::string& name, const std::vector<std::size_t>& shape) {
      std::size_t elements = 1;
      for (const std::size_t n : shape) elements *= n;
      if (name != left_out) file.add(prefix + name, shape, std::vector<float>(elements, 0.25F));
    };
    const auto dense = [&](const std::string& name, std::size_t out, std::size_t in) {
      add(name + ".weight", {out, in});
      add(name + ".bias", {out});
    };
    const auto norm = [&](const std::string& name) {
      add(name + weight, {4});
      add(name + bias, {4});
    };
    file.add_bytes(prefix + "embeddings.position_ids", "U64", {1}, "12345678");
    add("embeddings.word_embeddings.weight", {5, 4});
    add("embeddings.position_embeddings.weight", {8, 4});
    add("embeddings.token_type_embeddings.weight", {2, 4});
    norm("embeddings.LayerNorm");
    for (const char* const layer : {"encoder.layer.0", "encoder.layer.1"}) {
      for (const char* const part : {".query", ".key", ".value"})
        dense(layer + std::string(".attention.self") + part, 4, 4);
      dense(layer + std::string(".attention.output.dense"), 4, 4);
      norm(layer + std::string(".attention.output.LayerNorm"));
      dense(layer + std::string(".intermediate.dense"), intermediate, 4);
      dense(layer + std::string(".output.dense"), 4, intermediate);
      norm(layer + std::string(".output.LayerNorm"));
    }
    return file.bytes();
  }
};

using Directory = std::map<std::string, std::string>;

Directory bert() {
  return {{"config.json",
           R"({"model_type":"bert","hidden_act":"gelu","hidden_size":4,"intermediate_size":6,"layer_norm_eps":1e-12,)"
           R"("max_position_embeddings":8,"num_attention_heads":2,"num_hidden_layers":2,"type_vocab_size":2,)"
           R"("position_embedding_type":"absolute","vocab_size":5,"is_decoder":false,"classifier_dropout":null})"},
          {"tokenizer.json", std::string(kTokenizer)},
          {"model.safetensors", Weights().bytes()}};
}

Directory sentence_bert() {
  Directory out = bert();
  out["modules.json"] = kModules;
  out["1_Pooling/config.json"] = R"({"word_embedding_dimension":4,"pooling_mode_cls_token":true,)"
                                 R"("pooling_mode_mean_tokens":false,"pooling_mode_max_tokens":false})";
  out["sentence_bert_config.json"] = R"({"max_seq_length":6,"do_lower_case":false})";
  return out;
}

base::Result<Model> read(const Directory& directory) {
  std::vector<ModelFile> files;
  for (const auto& [name, text] : directory) files.push_back({name, test::as_bytes(text)});
  return read_model(files);
}

Model good(const Directory& directory) {
  auto model = read(directory);
  EXPECT_TRUE(model.has_value()) << (model ? "" : model.error().place() + ": " + model.error().message());
  return model ? std::move(*model) : Model();
}

void set(Directory& directory, const std::string& file, const std::string& from, const std::string& to) {
  std::string& text = directory[file];
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

TEST(ModelDirectory, ReadsABertModelWithoutSentenceFiles) {
  const Directory directory = bert();
  const Model model = good(directory);
  EXPECT_EQ(model.kind, Model::Kind::kBert);
  EXPECT_EQ(model.bert.layers, 2U);
  EXPECT_EQ(model.bert.heads, 2U);
  EXPECT_EQ(model.bert.intermediate, 6U);
  EXPECT_FLOAT_EQ(model.bert.layer_norm_eps, 1e-12F);
  EXPECT_EQ(model.dimensions, 4U);
  EXPECT_EQ(model.pooling, Pooling::kMean);
  EXPECT_EQ(model.max_tokens, 8U);
  EXPECT_EQ(model.prefix, "");
  EXPECT_EQ(model.tensors.size(), 5U + 2 * 16);
  ASSERT_NE(model.find("encoder.layer.1.intermediate.dense.weight"), nullptr);
  EXPECT_EQ(model.find("encoder.layer.1.intermediate.dense.weight")->shape[0], 6U);
  EXPECT_EQ(model.find("embeddings.position_ids"), nullptr);
  EXPECT_EQ(model.id.size(), 64U);
}

TEST(ModelDirectory, ReadsWhatTheSentenceFilesSay) {
  const Model model = good(sentence_bert());
  EXPECT_EQ(model.pooling, Pooling::kCls);
  EXPECT_EQ(model.max_tokens, 6U);
  Directory plain = sentence_bert();
  set(plain, "modules.json",
      R"(,{"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"})", "");
  set(plain, "sentence_bert_config.json", "6", "1000");
  EXPECT_EQ(good(plain).max_tokens, 8U);
}

TEST(ModelDirectory, GivesVectorsOfLengthOneUnderAnIdOfItsOwnWhereNoNormalizeIsNamed) {
  const Directory named = sentence_bert();
  Directory unnamed = named;
  set(unnamed, "modules.json",
      R"(,{"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"})", "");
  std::vector<std::vector<float>> vectors;
  std::vector<std::string> ids;
  for (const Directory& directory : {std::cref(named), std::cref<Directory>(unnamed)}) {
    const auto encoder = BertEncoder::open_on(Path::kPortable, good(directory), Precision::kF32, nullptr);
    ASSERT_TRUE(encoder) << encoder.error().message();
    const std::string_view text = "a";
    const auto scratch = (*encoder)->make_scratch();
    (*encoder)->encode({&text, 1}, *scratch, vectors.emplace_back((*encoder)->dimensions()));
    ids.push_back((*encoder)->id());
  }
  float squares = 0;
  for (const float x : vectors[1]) squares += x * x;
  EXPECT_NEAR(squares, 1, 1e-5);
  EXPECT_EQ(vectors[1], vectors[0]);
  EXPECT_NE(ids[1], ids[0]);
}

TEST(ModelDirectory, AcceptsNamesOfOldCheckpointsAndOfWholeModels) {
  Directory old = bert();
  old["model.safetensors"] = Weights{.prefix = "bert.", .weight = ".gamma", .bias = ".beta"}.bytes();
  const Model model = good(old);
  EXPECT_EQ(model.tensors.size(), 5U + 2 * 16);
  ASSERT_NE(model.find("encoder.layer.0.output.LayerNorm.weight"), nullptr);
  ASSERT_NE(model.find("embeddings.LayerNorm.bias"), nullptr);
  EXPECT_EQ(model.find("embeddings.LayerNorm.gamma"), nullptr);
  const Model copy = model;
  EXPECT_EQ(copy.find("embeddings.LayerNorm.bias")->at(0), 0.25F);
}

TEST(ModelDirectory, TakesTheTokenizersSettingsFromItsConfig) {
  Directory directory = bert();
  directory["tokenizer_config.json"] =
      R"({"do_lower_case":false,"strip_accents":null,"tokenizer_class":"BertTokenizer","model_max_length":5})";
  const Model model = good(directory);
  EXPECT_FALSE(model.tokenizer->options().lowercase);
  EXPECT_FALSE(model.tokenizer->options().strip_accents);
  EXPECT_EQ(model.max_tokens, 5U);
  set(directory, "tokenizer_config.json", "BertTokenizer", "PreTrainedTokenizerFast");
  set(directory, "tokenizer_config.json", ":5}", ":1000000000000000019884624838656}");
  EXPECT_TRUE(good(directory).tokenizer->options().lowercase);
  EXPECT_EQ(good(directory).max_tokens, 8U);
}

TEST(ModelDirectory, ReadsVocabTxtWhereThereIsNoTokenizerJson) {
  Directory directory = bert();
  directory.erase("tokenizer.json");
  directory["vocab.txt"] = "[UNK]\n[CLS]\n[SEP]\na\n";
  directory["tokenizer_config.json"] = R"({"do_lower_case":false})";
  const Model model = good(directory);
  EXPECT_EQ(model.tokenizer->size(), 4U);
  EXPECT_FALSE(model.tokenizer->options().lowercase);
}

TEST(ModelDirectory, PutsThePromptBeforeTextsThatTheModelWasTrainedWith) {
  Directory directory = bert();
  directory["config_sentence_transformers.json"] =
      R"({"prompts":{"query":"Find: ","document":""},"default_prompt_name":"query"})";
  EXPECT_EQ(good(directory).prefix, "Find: ");
  directory["config_sentence_transformers.json"] = R"({"prompts":{"query":"Find: "},"default_prompt_name":null})";
  EXPECT_EQ(good(directory).prefix, "");
  directory["config_sentence_transformers.json"] = R"({"prompts":{"query":"query: ","passage":"passage: "}})";
  EXPECT_EQ(good(directory).prefix, "query: ");
  directory.erase("config_sentence_transformers.json");
  set(directory, "config.json", "{", R"({"_name_or_path":"intfloat/e5-small-v2",)");
  EXPECT_EQ(good(directory).prefix, "query: ");
}

TEST(ModelDirectory, LooksIntoTheModelCardForTheNameOfE5) {
  const std::pair<std::string, std::string> cards[] = {
      {"---\nmodel-index:\n- name: e5-small-v2\n  results: []\n---\n# E5\n", "query: "},
      {"---\r\nbase_model: intfloat/multilingual-e5-small\r\n---\r\n", "query: "},
      {"---\ntags:\n- mteb\n---\nBetter than\nintfloat/e5-small-v2\n", ""},
      {"# Words\nname: e5-small-v2\n", ""},
      {"", ""},
      {"---", ""},
  };
  for (const auto& [card, prefix] : cards) {
    Directory directory = bert();
    directory["README.md"] = card;
    EXPECT_EQ(good(directory).prefix, prefix) << card;
    EXPECT_EQ(good(directory).id == good(bert()).id, prefix.empty()) << card;
  }
}

TEST(ModelDirectory, ReadsAStaticModelInEachLayout) {
  test::SafetensorsFile file;
  file.add("embeddings", {5, 2}, std::vector<float>(10, 1));
  file.add_bytes("weights", "F64", {5}, std::string(40, '\0'));
  Directory directory{{"tokenizer.json", std::string(kTokenizer)}, {"model.safetensors", file.bytes()}};
  const Model bare = good(directory);
  EXPECT_EQ(bare.kind, Model::Kind::kStatic);
  EXPECT_EQ(bare.dimensions, 2U);
  EXPECT_EQ(bare.max_tokens, 512U);
  EXPECT_TRUE(bare.drop_unknown);
  EXPECT_THAT(bare.token_weights, ElementsAre(0, 0, 0, 0, 0));
  WordPiece::Work work;
  std::vector<std::uint32_t> ids;
  bare.tokenizer->encode("a", 512, work, ids);
  EXPECT_THAT(ids, ElementsAre(3));

  directory["config.json"] = R"({"model_type":"model2vec","normalize":false})";
  EXPECT_EQ(good(directory).kind, Model::Kind::kStatic);

  test::SafetensorsFile table;
  table.add_bytes("embedding.weight", "F16", {4, 1}, "12345678");
  const Directory sentence{{"modules.json", R"([{"path":"0_StaticEmbedding","type":"x.StaticEmbedding"}])"},
                           {"0_StaticEmbedding/tokenizer.json", std::string(kTokenizer)},
                           {"0_StaticEmbedding/model.safetensors", table.bytes()}};
  const Model model = good(sentence);
  EXPECT_EQ(model.kind, Model::Kind::kStatic);
  EXPECT_FALSE(model.drop_unknown);
  EXPECT_NE(model.find("embeddings"), nullptr);
}

TEST(ModelDirectory, HasAnIdThatChangesWithEveryUsedFileAndNoOther) {
  const Directory directory = sentence_bert();
  const std::string id = good(directory).id;
  EXPECT_EQ(id, good(directory).id);
  Directory more = directory;
  more["README.md"] = "words";
  more["vocab.txt"] = "not used";
  EXPECT_EQ(good(more).id, id);
  for (const auto& [name, text] : directory) {
    Directory other = directory;
    other[name] = name.ends_with(".json") ? text + " " : Weights{.prefix = "bert."}.bytes();
    EXPECT_NE(good(other).id, id) << name;
  }
}

TEST(ModelDirectory, RefusesWhatItDoesNotDoWithTheFileAndThePlace) {
  struct Case {
    std::string file, from, to, place, what;
  };
  const std::string pooling = "1_Pooling/config.json";
  const Case cases[] = {
      {"config.json", R"("model_type":"bert")", R"("model_type":"roberta")", "/model_type", "'roberta'"},
      {"config.json", "gelu", "swish", "/hidden_act", "'swish'"},
      {"config.json", "absolute", "alibi", "/position_embedding_type", "'alibi'"},
      {"config.json", "false", "true", "/is_decoder", "encoder"},
      {"config.json", R"("num_attention_heads":2)", R"("num_attention_heads":3)", "/num_attention_heads", "divide"},
      {"config.json", R"("hidden_size":4)", R"("hidden_size":0)", "/hidden_size", "from 1"},
      {"config.json", R"("hidden_size":4,)", "", "/hidden_size", "missing"},
      {"config.json", "1e-12", "0", "/layer_norm_eps", "above 0"},
      {"config.json", "1e-12", "1e-99", "/layer_norm_eps", "small"},
      {"config.json", "{", R"({"quantization_config":{},)", "/quantization_config", "quantised"},
      {"modules.json", "models.Pooling", "models.Dense", "/1/type", "'Dense'"},
      {"modules.json", "models.Normalize", "models.Dense", "/2/type", "'Dense'"},
      {"modules.json", R"("path":"")", R"("path":"0_Transformer")", "/0/path", "directory"},
      {"modules.json", "1_Pooling", "7_Pooling", "", "7_Pooling/config.json"},
      {pooling, R"("pooling_mode_max_tokens":false)", R"("pooling_mode_max_tokens":true)", "/pooling_mode_max_tokens",
       "not supported"},
      {pooling, R"("pooling_mode_mean_tokens":false)", R"("pooling_mode_mean_tokens":true)",
       "/pooling_mode_mean_tokens", "second"},
      {pooling, "true", "false", "", "chooses no"},
      {pooling, ":4", ":8", "/word_embedding_dimension", "hidden_size"},
      {"sentence_bert_config.json", "6", "0", "/max_seq_length", "at least 1"},
      {"tokenizer.json", "BertNormalizer", "NFC", "/normalizer/type", "tokenizer.json"},
  };
  for (const Case& c : cases) {
    Directory directory = sentence_bert();
    set(directory, c.file, c.from, c.to);
    const auto model = read(directory);
    ASSERT_FALSE(model.has_value()) << c.what;
    EXPECT_EQ(model.error().place(), c.place) << model.error().message();
    EXPECT_THAT(model.error().message(), HasSubstr(c.what));
    if (!c.place.empty()) EXPECT_THAT(model.error().message(), HasSubstr(c.file));
  }
}

TEST(ModelDirectory, NamesTheTensorThatIsMissingOrWrong) {
  Directory directory = bert();
  directory["model.safetensors"] = Weights{.left_out = "encoder.layer.1.output.dense.bias"}.bytes();
  EXPECT_EQ(read(directory).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(read(directory).error().place(), "/encoder.layer.1.output.dense.bias");
  directory["model.safetensors"] = Weights{.intermediate = 7}.bytes();
  EXPECT_EQ(read(directory).error().place(), "/encoder.layer.0.intermediate.dense.weight/shape");
  EXPECT_THAT(read(directory).error().message(), HasSubstr("[7, 4], config.json says [6, 4]"));
  test::SafetensorsFile quantised;
  quantised.add_bytes("embeddings.word_embeddings.weight", "I8", {5, 4}, std::string(20, 'x'));
  directory["model.safetensors"] = quantised.bytes();
  EXPECT_EQ(read(directory).error().code(), ErrorCode::kUnsupported);
}

TEST(ModelDirectory, RefusesATokenizerWithMorePiecesThanTheTableHasRows) {
  test::SafetensorsFile file;
  file.add("embeddings", {3, 2}, std::vector<float>(6, 1));
  const Directory directory{{"tokenizer.json", std::string(kTokenizer)}, {"model.safetensors", file.bytes()}};
  EXPECT_EQ(read(directory).error().code(), ErrorCode::kCorrupt);
}

TEST(ModelDirectory, NamesTheFileThatIsMissing) {
  for (const auto& [name, text] : bert()) {
    Directory directory = bert();
    directory.erase(name);
    if (name == "config.json") continue;  // then it is taken for a static model
    EXPECT_THAT(read(directory).error().message(), HasSubstr(name));
    EXPECT_EQ(read(directory).error().code(), ErrorCode::kNotFound);
  }
  EXPECT_FALSE(read({}).has_value());
}

// With POINTSMAN_ENCODER naming a model's directory: whether a real one is accepted, and what it says of itself fits.
TEST(ModelDirectory, ReadsTheRealModelThatTheEnvironmentNames) {
  const char* const folder = std::getenv("POINTSMAN_ENCODER");
  if (folder == nullptr) GTEST_SKIP() << "POINTSMAN_ENCODER names no model directory";
  Directory directory;
  for (const std::string_view name : model_file_names()) {
    std::ifstream in(std::filesystem::path(folder) / name, std::ios::binary);
    if (in) directory[std::string(name)] = {std::istreambuf_iterator<char>(in), {}};
  }
  const Model model = good(directory);
  ASSERT_TRUE(model.tokenizer.has_value());
  EXPECT_GT(model.dimensions, 0U);
  EXPECT_GE(model.max_tokens, 16U);
  WordPiece::Work work;
  std::vector<std::uint32_t> ids;
  model.tokenizer->encode("How do I reset my password?", model.max_tokens, work, ids);
  EXPECT_GE(ids.size(), 6U);
  EXPECT_EQ(std::ranges::count(ids, model.tokenizer->unknown()), 0);
}

TEST(ModelDirectory, SurvivesCutAndDamagedFiles) {
  const Directory directory = sentence_bert();
  for (const auto& [name, text] : directory) {
    const std::size_t step = name.ends_with(".json") ? 1 : 97;
    for (std::size_t n = 0; n < text.size(); n += step) {
      Directory cut = directory;
      cut[name] = text.substr(0, n);
      EXPECT_FALSE(read(cut).has_value()) << name << " " << n;
      Directory damaged = directory;
      damaged[name][n] = '\x7F';
      (void)read(damaged);
    }
  }
}

}  // namespace
}  // namespace pointsman::encode
