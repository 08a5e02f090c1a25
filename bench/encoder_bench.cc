// links: pm_encode
// What a sentence encoder costs on one core: whole texts by precision and length, and where the time goes.
//
// The shape is that of all-MiniLM-L6-v2 with random weights: 6 layers of 384, 12 heads, 1536 inside. POINTSMAN_ENCODER
// names the directory of a real model, which is then measured whole as `real`. Counter `GFLOP/s` counts the matrices
// and attention. Beside ONNX Runtime and sentence-transformers: encoder_rivals.py.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "encode/bert.h"
#include "encode/reference_bert_testing.h"
#include "support/model_files.h"

namespace pointsman::encode {
namespace {

constexpr std::size_t kLayers = 6;
constexpr std::size_t kHidden = 384;
constexpr std::size_t kInside = 1536;
constexpr std::size_t kHeads = 12;

constexpr double matrix_flop(std::size_t tokens) {
  return 2.0 * static_cast<double>(tokens * kLayers * (4 * kHidden * kHidden + 2 * kHidden * kInside));
}
constexpr double attention_flop(std::size_t tokens) {
  return 4.0 * static_cast<double>(tokens * tokens * kLayers * kHidden);
}

const testing::RandomModel& random_model() {
  static const testing::RandomModel model = [] {
    BertConfig config = testing::small_config(kHidden, kHeads, kInside, kLayers);
    config.vocabulary = 30'522;
    return testing::RandomModel({.bert = config});
  }();
  return model;
}

std::vector<std::uint32_t> ids_of(std::size_t tokens) {
  base::Rng rng(tokens);
  std::vector<std::uint32_t> out(tokens);
  for (auto& id : out) id = static_cast<std::uint32_t>(rng.below(30'522));
  return out;
}

void count(benchmark::State& state, double flop) {
  state.counters["GFLOP/s"] =
      benchmark::Counter(flop * 1e-9, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
}

void encode_one(benchmark::State& state, const base::Result<std::shared_ptr<const BertEncoder>>& encoder) {
  if (!encoder) return state.SkipWithError(encoder.error().message().c_str());
  const auto ids = ids_of(static_cast<std::size_t>(state.range(0)));
  const std::vector<BertEncoder::Ids> texts = {ids};
  const auto scratch = (*encoder)->make_scratch();
  std::vector<float> out((*encoder)->dimensions());
  for (auto _ : state) {
    (*encoder)->encode_ids(texts, *scratch, out);
    benchmark::ClobberMemory();
  }
}

void whole(benchmark::State& state, Path path, Precision precision) {
  encode_one(state, BertEncoder::open_on(path, random_model().model(), precision, nullptr));
  const auto tokens = static_cast<std::size_t>(state.range(0));
  count(state, matrix_flop(tokens) + attention_flop(tokens));
}

void real(benchmark::State& state, Path path, Precision precision) {
  encode_one(state, pointsman::testing::load_encoder(std::getenv("POINTSMAN_ENCODER"), path, precision));
}

// Every matrix of the model, with bias and activation, and nothing else.
void matrices(benchmark::State& state, Path path, Precision precision) {
  const Kernels& kernels = kernels_for(path);
  const auto weights = pack_weights(random_model().model(), kernels, precision);
  if (!weights) return state.SkipWithError(weights.error().message().c_str());
  const auto tokens = static_cast<std::size_t>(state.range(0));
  Aligned input(tokens * kInside * sizeof(float));
  Aligned words(tokens * kInside * sizeof(float));
  Aligned scale(2 * tokens * sizeof(float));
  Aligned output(tokens * kInside * sizeof(float));
  const auto run = [&](const PackedMatrix& matrix, Finish finish) {
    const Operand operand = matrix.kernels().convert({.input = input.as<float>(),
                                                      .rows = tokens,
                                                      .stride = matrix.panels().inputs,
                                                      .words = words.as<void>(),
                                                      .scale = scale.as<float>(),
                                                      .low = scale.as<float>() + tokens});
    matrix.kernels().multiply({.input = operand,
                               .rows = tokens,
                               .weights = &matrix.panels(),
                               .finish = finish,
                               .output = output.as<float>(),
                               .output_stride = matrix.panels().columns});
  };
  for (auto _ : state) {
    for (const LayerWeights& layer : weights->layers) {
      run(layer.qkv, Finish::kStore);
      run(layer.attended, Finish::kStore);
      run(layer.up, Finish::kGelu);
      run(layer.down, Finish::kStore);
    }
    benchmark::ClobberMemory();
  }
  count(state, matrix_flop(tokens));
}

// Attention in every layer.
void attention(benchmark::State& state, Path path, Precision /*precision*/) {
  const auto tokens = static_cast<std::size_t>(state.range(0));
  Aligned qkv(tokens * 3 * kHidden * sizeof(float));
  Aligned output(tokens * kHidden * sizeof(float));
  Aligned work(attend_work(tokens, kHidden / kHeads) * sizeof(float));
  base::Rng rng(1);
  for (std::size_t i = 0; i < tokens * 3 * kHidden; ++i) qkv.as<float>()[i] = static_cast<float>(rng.uniform());
  for (auto _ : state) {
    for (std::size_t i = 0; i < kLayers; ++i) {
      kernels_for(path).attend({.qkv = qkv.as<float>(),
                                .stride = 3 * kHidden,
                                .tokens = tokens,
                                .queries = tokens,
                                .hidden = kHidden,
                                .heads = kHeads,
                                .work = work.as<float>(),
                                .output = output.as<float>(),
                                .output_stride = kHidden});
    }
    benchmark::ClobberMemory();
  }
  count(state, attention_flop(tokens));
}

using Measured = void (*)(benchmark::State&, Path, Precision);

void add(const std::string& name, Measured measured, Path path, Precision precision) {
  benchmark::RegisterBenchmark(
      (name + "/" + std::string(to_string(path)) + "/" + std::string(to_string(precision))).c_str(),
      [=](benchmark::State& state) { measured(state, path, precision); })
      ->Arg(16)
      ->Arg(32)
      ->Arg(128)
      ->Unit(benchmark::kMillisecond);
}

const bool kRegistered = [] {
  for (const Path path : {Path::kAvx512, Path::kAvx2, Path::kPortable}) {
    for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kI8}) {
      if (!supports(path, precision)) continue;
      add("whole", whole, path, precision);
      add("matrices", matrices, path, precision);
      if (std::getenv("POINTSMAN_ENCODER") != nullptr) add("real", real, path, precision);
    }
    if (supports(path)) add("attention", attention, path, Precision::kF32);
  }
  return true;
}();

}  // namespace
}  // namespace pointsman::encode
