#include "encode/bert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "encode/reference_bert_testing.h"

namespace pointsman::encode {
namespace {

using testing::RandomModel;
using testing::RandomShape;
using testing::ReferenceBert;
using testing::small_config;
using Ids = std::vector<std::uint32_t>;
using Encoders = std::vector<std::shared_ptr<const BertEncoder>>;

Ids random_ids(std::size_t n, std::uint64_t seed, std::size_t vocabulary = 97) {
  base::Rng rng(seed);
  Ids out(n);
  for (auto& id : out) id = static_cast<std::uint32_t>(rng.below(vocabulary));
  return out;
}

std::shared_ptr<const BertEncoder> opened(const RandomModel& model, Path path, Precision precision) {
  auto encoder = BertEncoder::open_on(path, model.model(), precision, nullptr);
  if (!encoder) {
    ADD_FAILURE() << encoder.error().message();
    return nullptr;
  }
  return *encoder;
}

// One for each way this processor has to compute.
Encoders every_way(const RandomModel& model) {
  Encoders out;
  for (const Path path : {Path::kPortable, Path::kAvx2, Path::kAvx512}) {
    for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kI8}) {
      if (supports(path, precision)) out.push_back(opened(model, path, precision));
    }
  }
  return out;
}

std::string name_of(const BertEncoder& encoder) {
  return std::string(to_string(encoder.path())) + " " + std::string(to_string(encoder.precision()));
}

std::vector<float> encode(const BertEncoder& encoder, const std::vector<Ids>& texts) {
  std::vector<BertEncoder::Ids> spans(texts.begin(), texts.end());
  std::vector<float> out(texts.size() * encoder.dimensions(), 7.0F);
  const auto scratch = encoder.make_scratch();
  encoder.encode_ids(spans, *scratch, out);
  return out;
}

// One less the cosine of the angle between two vectors, as exactly as double has it.
template <class A, class B>
double angle_error(const A& a, const B& b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a[i]);
    const auto y = static_cast<double>(b[i]);
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return 1 - ab / std::sqrt(aa * bb);
}

double allowed(Precision precision) {
  return precision == Precision::kF32 ? 1e-10 : precision == Precision::kBf16 ? 5e-4 : 4e-3;
}

void compare_layers(const RandomModel& model, std::size_t tokens) {
  const Ids ids = random_ids(tokens, tokens);
  const auto expected = ReferenceBert(model.model()).hidden_states(ids);
  for (const auto& encoder : every_way(model)) {
    ASSERT_TRUE(encoder);
    const auto scratch = encoder->make_scratch();
    const std::size_t width = encoder->dimensions();
    for (std::size_t layer = 0; layer < expected.size(); ++layer) {
      std::vector<float> states(tokens * width);
      encoder->hidden_states(ids, layer, *scratch, states);
      double worst = 0;
      for (std::size_t t = 0; t < tokens; ++t) {
        worst = std::max(worst, angle_error(expected[layer][t], std::span(states).subspan(t * width, width)));
      }
      EXPECT_LT(worst, layer == 0 ? 1e-12 : allowed(encoder->precision()))
          << name_of(*encoder) << ", " << tokens << " tokens, layer " << layer;
    }
  }
}

TEST(BertEncoder, ComputesEveryLayerAsTheReferenceForEveryLength) {
  const RandomModel model({.bert = small_config(64, 4, 128)});
  for (const std::size_t tokens : {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 49, 64, 100, 127, 128, 129}) {
    compare_layers(model, tokens);
  }
}

TEST(BertEncoder, ComputesTheLongestTexts) {
  const RandomModel model({.bert = small_config(32, 2, 48, 1)});
  for (const std::size_t tokens : {255, 256, 500, 512}) compare_layers(model, tokens);
}

TEST(BertEncoder, ComputesModelsOfEveryWidth) {
  struct Case {
    std::size_t hidden, heads, intermediate;
  };
  for (const auto& [hidden, heads, intermediate] :
       {Case{72, 3, 100}, Case{24, 1, 24}, Case{6, 2, 10}, Case{1, 1, 1}, Case{128, 2, 512}, Case{96, 1, 50},
        Case{384, 12, 1536}, Case{33, 11, 77}, Case{200, 4, 36}}) {
    const RandomModel model({.bert = small_config(hidden, heads, intermediate), .seed = hidden});
    if (hidden == 1) continue;  // a layer norm over one number leaves nothing to compare an angle of
    SCOPED_TRACE(hidden);
    for (const std::size_t tokens : {1, 13, 35}) compare_layers(model, tokens);
  }
}

TEST(BertEncoder, ReadsWeightsOfEveryType) {
  for (const Dtype dtype : {Dtype::kF32, Dtype::kF16, Dtype::kBf16}) {
    compare_layers(RandomModel({.bert = small_config(72, 3, 100), .dtype = dtype}), 20);
  }
}

TEST(BertEncoder, KnowsEveryActivationAndModelsWithoutTokenTypes) {
  for (const Activation activation : {Activation::kGelu, Activation::kGeluTanh, Activation::kRelu}) {
    BertConfig config = small_config(64, 4, 100);
    config.activation = activation;
    config.token_types = 0;
    compare_layers(RandomModel({.bert = config}), 18);
  }
}

TEST(BertEncoder, PoolsByMeanAndByFirstToken) {
  for (const Pooling pooling : {Pooling::kMean, Pooling::kCls}) {
    const RandomModel model({.bert = small_config(72, 3, 100), .pooling = pooling});
    const std::vector<Ids> texts = {random_ids(9, 1), random_ids(1, 2), random_ids(40, 3), random_ids(17, 4)};
    const ReferenceBert reference(model.model());
    for (const auto& encoder : every_way(model)) {
      ASSERT_TRUE(encoder);
      const auto vectors = encode(*encoder, texts);
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto vector = std::span(vectors).subspan(i * 72, 72);
        EXPECT_LT(angle_error(reference.encode(texts[i]), vector), allowed(encoder->precision()))
            << name_of(*encoder) << ", text " << i;
        double squares = 0;
        for (const float x : vector) squares += static_cast<double>(x) * static_cast<double>(x);
        EXPECT_NEAR(squares, 1, 1e-5);
      }
    }
  }
}

TEST(BertEncoder, GivesATextTheSameBitsAloneAndInABatch) {
  for (const Pooling pooling : {Pooling::kMean, Pooling::kCls}) {
    const RandomModel model({.bert = small_config(72, 3, 200), .pooling = pooling});
    std::vector<Ids> texts;
    for (const std::size_t tokens : {3, 1, 17, 0, 64, 5, 130, 0, 2, 31, 16, 90, 8, 8, 300, 7}) {
      texts.push_back(random_ids(tokens, tokens + 5));
    }
    for (const auto& encoder : every_way(model)) {
      ASSERT_TRUE(encoder);
      const auto together = encode(*encoder, texts);
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto alone = encode(*encoder, {texts[i]});
        EXPECT_THAT(std::span(together).subspan(i * 72, 72), ::testing::ElementsAreArray(alone))
            << name_of(*encoder) << ", text " << i;
      }
    }
  }
}

TEST(BertEncoder, GivesTheSameBitsWhateverTheScratchDidBefore) {
  const RandomModel model({.bert = small_config(72, 3, 200)});
  const Ids ids = random_ids(21, 1);
  const Ids longer = random_ids(200, 2);
  const std::vector<BertEncoder::Ids> short_text = {ids};
  const std::vector<BertEncoder::Ids> long_text = {longer};
  for (const auto& encoder : every_way(model)) {
    ASSERT_TRUE(encoder);
    const auto scratch = encoder->make_scratch();
    std::vector<float> fresh(72);
    std::vector<float> used(72);
    std::vector<float> other(72);
    encoder->encode_ids(short_text, *scratch, fresh);
    encoder->encode_ids(long_text, *scratch, other);
    encoder->encode_ids(short_text, *scratch, used);
    EXPECT_EQ(fresh, used) << name_of(*encoder);
  }
}

TEST(BertEncoder, GivesZerosForNoTokens) {
  const RandomModel model({.bert = small_config(32, 2, 48)});
  for (const auto& encoder : every_way(model)) {
    ASSERT_TRUE(encoder);
    EXPECT_THAT(encode(*encoder, {{}, {}}), ::testing::Each(0.0F));
  }
}

TEST(BertEncoder, ReadsNoMoreTokensThanTheModelHasPlacesFor) {
  BertConfig config = small_config(32, 2, 48);
  config.positions = 20;
  const RandomModel model({.bert = config});
  const auto encoder = opened(model, Path::kPortable, Precision::kF32);
  ASSERT_TRUE(encoder);
  EXPECT_EQ(encoder->max_tokens(), 20U);
  const Ids ids = random_ids(50, 3);
  EXPECT_EQ(encode(*encoder, {ids}), encode(*encoder, {Ids(ids.begin(), ids.begin() + 20)}));
}

TEST(BertEncoder, ReadsAnUnknownIdAsTheFirst) {
  const RandomModel model({.bert = small_config(32, 2, 48)});
  const auto encoder = opened(model, Path::kPortable, Precision::kF32);
  ASSERT_TRUE(encoder);
  EXPECT_EQ(encode(*encoder, {{5, 97, 4'000'000'000U}}), encode(*encoder, {{5, 0, 0}}));
}

TEST(BertEncoder, TakesItsIdFromTheModelAndThePrecision) {
  const RandomModel model({.bert = small_config(32, 2, 48)});
  const auto encoder = opened(model, Path::kPortable, Precision::kF32);
  ASSERT_TRUE(encoder);
  EXPECT_EQ(encoder->id().size(), 64U);
  for (const auto& other : every_way(model)) {
    ASSERT_TRUE(other);
    EXPECT_EQ(other->id() == encoder->id(), other->precision() != Precision::kI8) << name_of(*other);
  }
  Model renamed = model.model();
  renamed.id = "other";
  EXPECT_NE((*BertEncoder::open_on(Path::kPortable, renamed, Precision::kF32, nullptr))->id(), encoder->id());
}

TEST(BertEncoder, SaysWhichTensorIsMissingOrWrong) {
  const auto error_of = [](const RandomModel& model) {
    const auto encoder = BertEncoder::open(model.model(), Precision::kF32, nullptr);
    return encoder ? std::string("none") : encoder.error().message();
  };
  RandomModel missing({.bert = small_config(32, 2, 48)});
  missing.remove("encoder.layer.1.output.dense.bias");
  EXPECT_EQ(error_of(missing), "the weights hold no tensor encoder.layer.1.output.dense.bias");

  RandomModel narrow({.bert = small_config(32, 2, 48)});
  narrow.tensor("encoder.layer.0.intermediate.dense.weight") = narrow.tensor("encoder.layer.0.output.dense.weight");
  narrow.tensor("encoder.layer.0.intermediate.dense.weight").name = "encoder.layer.0.intermediate.dense.weight";
  EXPECT_EQ(error_of(narrow),
            "tensor encoder.layer.0.intermediate.dense.weight has the shape [32, 48], and the configuration says "
            "[48, 32]");

  RandomModel integers({.bert = small_config(32, 2, 48)});
  integers.tensor("embeddings.LayerNorm.bias").dtype = Dtype::kI64;
  EXPECT_EQ(error_of(integers), "tensor embeddings.LayerNorm.bias holds integers");

  RandomModel infinite({.bert = small_config(32, 2, 48)});
  std::vector<float> values(32, INFINITY);
  infinite.tensor("embeddings.LayerNorm.bias").bytes = std::as_bytes(std::span(values));
  EXPECT_EQ(error_of(infinite), "tensor embeddings.LayerNorm.bias holds a value that is not a number");

  BertConfig heads = small_config(32, 2, 48);
  heads.heads = 3;
  EXPECT_EQ(error_of(RandomModel({.bert = heads})), "32 numbers for each token do not divide among 3 heads");
}

TEST(BertEncoder, RefusesAPrecisionThatThePathDoesNotHave) {
  const RandomModel model({.bert = small_config(32, 2, 48)});
  const auto encoder = BertEncoder::open_on(Path::kPortable, model.model(), Precision::kI8, nullptr);
  ASSERT_FALSE(encoder);
  EXPECT_EQ(encoder.error().code(), base::ErrorCode::kUnsupported);
  EXPECT_EQ(encoder.error().message(), "this processor has no instructions for precision i8");
}

}  // namespace
}  // namespace pointsman::encode
