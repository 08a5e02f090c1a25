#include "encode/bert.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace pointsman::encode {

using base::Result;

namespace {

// Tokens that go through the layers together: enough to read each weight seldom, few enough for the second-level cache.
constexpr std::size_t kRowsAtOnce = 128;

struct Text {
  std::size_t begin;  // its first row
  std::size_t rows;
};

Finish finish_of(Activation activation) {
  switch (activation) {
    case Activation::kGelu:
      return Finish::kGelu;
    case Activation::kGeluTanh:
      return Finish::kGeluTanh;
    case Activation::kRelu:
      return Finish::kRelu;
  }
  return Finish::kGelu;
}

}  // namespace

struct BertEncoder::Scratch final : EncoderScratch {
  WordPiece::Work tokenizer;
  std::string prefixed;
  std::vector<std::uint32_t> text_ids;

  std::vector<std::uint32_t> ids;  // of all texts that go through the layers together
  std::vector<Text> texts;
  std::size_t rows = 0;

  Aligned hidden;    // rows x stride: what a layer is given and gives
  Aligned wide;      // rows x the widest of Q, K and V together and the feed-forward's inside
  Aligned attended;  // rows x stride
  Aligned words;     // a matrix's input in its own representation
  Aligned scales;    // two for each row
  Aligned work;

  void reserve(const BertEncoder& encoder, std::size_t longest);
  void multiply(const PackedMatrix& matrix, const float* input, std::size_t stride, Finish finish, float* output);
};

void BertEncoder::Scratch::reserve(const BertEncoder& encoder, std::size_t longest) {
  const BertConfig& bert = encoder.model_.bert;
  const std::size_t stride = encoder.weights_.stride;
  const std::size_t inside =
      std::max(round_up(3 * bert.hidden, kRowMultiple), round_up(bert.intermediate, kRowMultiple));
  hidden.reserve(rows * stride * sizeof(float));
  attended.reserve(rows * stride * sizeof(float));
  wide.reserve(rows * inside * sizeof(float));
  words.reserve(rows * std::max(stride, inside) * sizeof(std::uint16_t));
  scales.reserve(2 * rows * sizeof(float));
  work.reserve(attend_work(longest, bert.hidden / bert.heads) * sizeof(float));
}

// `output` has as many floats in a row as the matrix has columns.
void BertEncoder::Scratch::multiply(const PackedMatrix& matrix, const float* input, std::size_t stride, Finish finish,
                                    float* output) {
  auto* scale = scales.as<float>();
  const Operand operand = matrix.kernels().convert(
      {.input = input, .rows = rows, .stride = stride, .words = words.as<void>(), .scale = scale, .low = scale + rows});
  matrix.kernels().multiply({.input = operand,
                             .rows = rows,
                             .weights = &matrix.panels(),
                             .finish = finish,
                             .output = output,
                             .output_stride = matrix.panels().columns});
}

BertEncoder::BertEncoder(Model model, BertWeights weights, const Kernels& kernels, Precision precision,
                         std::shared_ptr<const void> owner)
    : model_(std::move(model)),
      weights_(std::move(weights)),
      kernels_(kernels),
      precision_(precision),
      owner_(std::move(owner)),
      max_tokens_(std::min(model_.max_tokens, model_.bert.positions)),
      id_(base::sha256_hex(fmt::format("{}{}", model_.id, precision == Precision::kI8 ? " i8" : ""))) {}

Result<std::shared_ptr<const BertEncoder>> BertEncoder::open(Model model, Precision precision,
                                                             std::shared_ptr<const void> owner) {
  return open_on(best_path(), std::move(model), precision, std::move(owner));
}

Result<std::shared_ptr<const BertEncoder>> BertEncoder::open_on(Path path, Model model, Precision precision,
                                                                std::shared_ptr<const void> owner) {
  precision = resolve(path, precision);
  const Kernels& kernels = kernels_for(path);
  PM_TRY(auto weights, pack_weights(model, kernels, precision));
  return std::shared_ptr<const BertEncoder>(
      new BertEncoder(std::move(model), std::move(weights), kernels, precision, std::move(owner)));
}

std::unique_ptr<EncoderScratch> BertEncoder::make_scratch() const {
  return std::make_unique<Scratch>();
}

void BertEncoder::encode(std::span<const std::string_view> texts, EncoderScratch& scratch, std::span<float> out) const {
  auto& s = static_cast<Scratch&>(scratch);
  std::size_t done = 0;
  while (done < texts.size()) {
    s.ids.clear();
    s.texts.clear();
    const std::size_t first = done;
    while (done < texts.size() && s.ids.size() < kRowsAtOnce) {
      std::string_view text = texts[done++];
      if (!model_.prefix.empty()) {
        s.prefixed.assign(model_.prefix).append(text);
        text = s.prefixed;
      }
      s.text_ids.clear();
      if (model_.tokenizer) model_.tokenizer->encode(text, max_tokens_, s.tokenizer, s.text_ids);
      s.texts.push_back({s.ids.size(), s.text_ids.size()});
      s.ids.insert(s.ids.end(), s.text_ids.begin(), s.text_ids.end());
    }
    run(layers(), model_.pooling, s);
    pool(s, out.subspan(first * dimensions(), (done - first) * dimensions()));
  }
}

void BertEncoder::encode_ids(std::span<const Ids> texts, EncoderScratch& scratch, std::span<float> out) const {
  auto& s = static_cast<Scratch&>(scratch);
  std::size_t done = 0;
  while (done < texts.size()) {
    s.ids.clear();
    s.texts.clear();
    const std::size_t first = done;
    while (done < texts.size() && s.ids.size() < kRowsAtOnce) {
      const Ids ids = texts[done].first(std::min(texts[done].size(), max_tokens_));
      s.texts.push_back({s.ids.size(), ids.size()});
      s.ids.insert(s.ids.end(), ids.begin(), ids.end());
      ++done;
    }
    run(layers(), model_.pooling, s);
    pool(s, out.subspan(first * dimensions(), (done - first) * dimensions()));
  }
}

void BertEncoder::hidden_states(Ids ids, std::size_t layers, EncoderScratch& scratch, std::span<float> out) const {
  auto& s = static_cast<Scratch&>(scratch);
  ids = ids.first(std::min(ids.size(), max_tokens_));
  s.ids.assign(ids.begin(), ids.end());
  s.texts.assign(1, {0, ids.size()});
  run(std::min(layers, weights_.layers.size()), Pooling::kMean, s);
  for (std::size_t r = 0; r < s.rows; ++r) {
    std::copy_n(s.hidden.as<float>() + r * weights_.stride, dimensions(), out.data() + r * dimensions());
  }
}

// The texts' tokens through the first `layers` layers. With kCls the last of them computes the first tokens alone.
void BertEncoder::run(std::size_t layers, Pooling pooling, Scratch& s) const {
  s.rows = s.ids.size();
  if (s.rows == 0) return;
  s.reserve(*this, std::ranges::max(s.texts, {}, &Text::rows).rows);
  embed(s);
  for (std::size_t i = 0; i < layers; ++i) {
    attend(weights_.layers[i], i + 1 == layers ? pooling : Pooling::kMean, s);
    feed_forward(weights_.layers[i], s);
  }
}

void BertEncoder::embed(Scratch& s) const {
  const std::size_t width = dimensions();
  const std::size_t row_bytes = width * size_of(weights_.words.dtype);
  for (const Text& text : s.texts) {
    for (std::size_t i = 0; i < text.rows; ++i) {
      const std::uint32_t id = s.ids[text.begin + i] < model_.bert.vocabulary ? s.ids[text.begin + i] : 0;
      float* row = s.hidden.as<float>() + (text.begin + i) * weights_.stride;
      kernels_.widen(weights_.words.dtype, weights_.words.bytes.data() + id * row_bytes, width, row);
      const float* place = weights_.positions.as<float>() + i * weights_.stride;
      for (std::size_t c = 0; c < width; ++c) row[c] += place[c];
    }
  }
  norm(weights_.norm, s);
}

void BertEncoder::attend(const LayerWeights& layer, Pooling pooling, Scratch& s) const {
  s.multiply(layer.qkv, s.hidden.as<float>(), weights_.stride, Finish::kStore, s.wide.as<float>());
  const std::size_t columns = layer.qkv.panels().columns;
  std::size_t next = 0;
  for (Text& text : s.texts) {
    if (text.rows == 0) continue;
    const Text asking = pooling == Pooling::kCls ? Text{next++, 1} : text;
    kernels_.attend({.qkv = s.wide.as<float>() + text.begin * columns,
                     .stride = columns,
                     .tokens = text.rows,
                     .queries = asking.rows,
                     .hidden = dimensions(),
                     .heads = model_.bert.heads,
                     .work = s.work.as<float>(),
                     .output = s.attended.as<float>() + asking.begin * weights_.stride,
                     .output_stride = weights_.stride});
    if (asking.begin != text.begin) {
      std::copy_n(s.hidden.as<float>() + text.begin * weights_.stride, weights_.stride,
                  s.hidden.as<float>() + asking.begin * weights_.stride);
    }
    text = asking;
  }
  if (pooling == Pooling::kCls) s.rows = next;
  s.multiply(layer.attended, s.attended.as<float>(), weights_.stride, Finish::kAdd, s.hidden.as<float>());
  norm(layer.attended_norm, s);
}

void BertEncoder::feed_forward(const LayerWeights& layer, Scratch& s) const {
  s.multiply(layer.up, s.hidden.as<float>(), weights_.stride, finish_of(model_.bert.activation), s.wide.as<float>());
  s.multiply(layer.down, s.wide.as<float>(), layer.up.panels().columns, Finish::kAdd, s.hidden.as<float>());
  norm(layer.norm, s);
}

void BertEncoder::norm(const NormWeights& weights, Scratch& s) const {
  kernels_.norm({.rows = s.hidden.as<float>(),
                 .count = s.rows,
                 .width = dimensions(),
                 .stride = weights_.stride,
                 .gain = weights.gain(),
                 .bias = weights.bias(),
                 .epsilon = model_.bert.layer_norm_eps});
}

void BertEncoder::pool(const Scratch& s, std::span<float> out) const {
  const std::size_t width = dimensions();
  for (std::size_t t = 0; t < s.texts.size(); ++t) {
    const Text& text = s.texts[t];
    const auto vector = out.subspan(t * width, width);
    std::ranges::fill(vector, 0.0F);
    const std::size_t rows = model_.pooling == Pooling::kCls ? std::min<std::size_t>(text.rows, 1) : text.rows;
    for (std::size_t r = 0; r < rows; ++r) {
      const float* row = s.hidden.as<float>() + (text.begin + r) * weights_.stride;
      for (std::size_t c = 0; c < width; ++c) vector[c] += row[c];
    }
    float squares = 0;
    for (const float x : vector) squares += x * x;
    const float length = std::sqrt(squares);
    if (!(length > 0)) continue;
    for (float& x : vector) x /= length;
  }
}

}  // namespace pointsman::encode
