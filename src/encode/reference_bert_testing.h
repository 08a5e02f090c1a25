// BERT as its paper has it, in double precision and with plain loops: what the fast one is compared with. And small
// models of random weights to compare them on.
//
// For tests and benches. One thread; nothing is fast here on purpose.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "encode/model_directory.h"

namespace pointsman::encode::testing {

struct RandomShape {
  BertConfig bert;
  Pooling pooling = Pooling::kMean;
  Dtype dtype = Dtype::kF32;
  std::uint64_t seed = 1;
};

inline BertConfig small_config(std::size_t hidden, std::size_t heads, std::size_t intermediate,
                               std::size_t layers = 2) {
  BertConfig out;
  out.vocabulary = 97;
  out.hidden = hidden;
  out.layers = layers;
  out.heads = heads;
  out.intermediate = intermediate;
  out.positions = 512;
  out.token_types = 2;
  return out;
}

// A model whose tensors are drawn at random, and the bytes they point into.
class RandomModel {
 public:
  explicit RandomModel(const RandomShape& shape) : shape_(shape), rng_(shape.seed) {
    const BertConfig& c = shape.bert;
    add("embeddings.word_embeddings.weight", {c.vocabulary, c.hidden}, 1, 0);
    add("embeddings.position_embeddings.weight", {c.positions, c.hidden}, 0.3, 0);
    if (c.token_types > 0) add("embeddings.token_type_embeddings.weight", {c.token_types, c.hidden}, 0.3, 0);
    add_norm("embeddings.LayerNorm");
    for (std::size_t i = 0; i < c.layers; ++i) {
      const std::string base = "encoder.layer." + std::to_string(i) + ".";
      for (const char* part : {"query", "key", "value"}) {
        add_matrix(base + "attention.self." + part, c.hidden, c.hidden);
      }
      add_matrix(base + "attention.output.dense", c.hidden, c.hidden);
      add_norm(base + "attention.output.LayerNorm");
      add_matrix(base + "intermediate.dense", c.intermediate, c.hidden);
      add_matrix(base + "output.dense", c.hidden, c.intermediate);
      add_norm(base + "output.LayerNorm");
    }
  }
  RandomModel(const RandomModel&) = delete;
  RandomModel& operator=(const RandomModel&) = delete;

  // Points into this object.
  Model model() const {
    Model out;
    out.bert = shape_.bert;
    out.dimensions = shape_.bert.hidden;
    out.pooling = shape_.pooling;
    out.max_tokens = shape_.bert.positions;
    out.id = "random";
    for (const auto& [name, tensor] : tensors_) out.tensors.push_back(tensor);
    return out;
  }
  TensorView& tensor(const std::string& name) { return tensors_.at(name); }
  void remove(const std::string& name) { tensors_.erase(name); }

 private:
  void add_matrix(const std::string& name, std::size_t outputs, std::size_t inputs) {
    add(name + ".weight", {outputs, inputs}, 1.2 / std::sqrt(static_cast<double>(inputs)), 0);
    add(name + ".bias", {outputs}, 0.2, 0);
  }
  void add_norm(const std::string& name) {
    add(name + ".weight", {shape_.bert.hidden}, 0.3, 1);
    add(name + ".bias", {shape_.bert.hidden}, 0.2, 0);
  }
  void add(const std::string& name, const std::vector<std::size_t>& shape, double spread, double middle) {
    const std::size_t elements = std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
    // One byte in front: a file's tensors need not be aligned.
    auto& bytes = bytes_.emplace_back(1 + elements * size_of(shape_.dtype));
    for (std::size_t i = 0; i < elements; ++i) {
      // The sum of three uniform numbers: a bell of variance 1 with tails.
      const double bell = (rng_.uniform() + rng_.uniform() + rng_.uniform() - 1.5) * 2;
      write(bytes.data() + 1 + i * size_of(shape_.dtype), static_cast<float>(middle + spread * bell));
    }
    TensorView view{.name = names_.emplace_back(name), .dtype = shape_.dtype, .rank = shape.size()};
    std::copy(shape.begin(), shape.end(), view.shape.begin());
    view.bytes = std::span(bytes).subspan(1);
    tensors_[name] = view;
  }
  void write(std::byte* to, float value) const {
    if (shape_.dtype == Dtype::kF32) {
      std::memcpy(to, &value, 4);
    } else if (shape_.dtype == Dtype::kF16) {
      const auto half = static_cast<_Float16>(value);
      std::memcpy(to, &half, 2);
    } else {
      std::memcpy(to, reinterpret_cast<const std::byte*>(&value) + 2, 2);  // bfloat16, cut off
    }
  }

  RandomShape shape_;
  base::Rng rng_;
  std::deque<std::string> names_;
  std::deque<std::vector<std::byte>> bytes_;
  std::map<std::string, TensorView> tensors_;
};

using Matrix = std::vector<std::vector<double>>;  // a row for each token

class ReferenceBert {
 public:
  explicit ReferenceBert(Model model) : model_(std::move(model)) {}

  // After the embeddings, then after each layer.
  std::vector<Matrix> hidden_states(std::span<const std::uint32_t> ids) const {
    std::vector<Matrix> out = {embed(ids)};
    for (std::size_t i = 0; i < model_.bert.layers; ++i) {
      const std::string base = "encoder.layer." + std::to_string(i) + ".";
      const Matrix attended = normed(
          sum(dense(attention(out.back(), base + "attention.self."), base + "attention.output.dense"), out.back()),
          base + "attention.output.LayerNorm");
      Matrix inside = dense(attended, base + "intermediate.dense");
      for (auto& row : inside) {
        for (double& x : row) x = activated(x);
      }
      out.push_back(normed(sum(dense(inside, base + "output.dense"), attended), base + "output.LayerNorm"));
    }
    return out;
  }

  // Pooled and of length 1.
  std::vector<double> encode(std::span<const std::uint32_t> ids) const {
    const Matrix last = hidden_states(ids).back();
    std::vector<double> out(model_.bert.hidden, 0.0);
    const std::size_t rows = model_.pooling == Pooling::kCls ? 1 : last.size();
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < out.size(); ++c) out[c] += last[r][c];
    }
    const double length = std::sqrt(std::inner_product(out.begin(), out.end(), out.begin(), 0.0));
    for (double& x : out) x /= length;
    return out;
  }

 private:
  const TensorView& tensor(const std::string& name) const {
    for (const TensorView& t : model_.tensors) {
      if (t.name == name) return t;
    }
    static const TensorView none;
    return none;
  }
  double activated(double x) const {
    if (model_.bert.activation == Activation::kRelu) return x > 0 ? x : 0;
    if (model_.bert.activation == Activation::kGeluTanh) {
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    }
    return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
  }
  Matrix embed(std::span<const std::uint32_t> ids) const {
    const std::size_t width = model_.bert.hidden;
    const TensorView& words = tensor("embeddings.word_embeddings.weight");
    const TensorView& places = tensor("embeddings.position_embeddings.weight");
    const TensorView& types = tensor("embeddings.token_type_embeddings.weight");
    Matrix out(ids.size(), std::vector<double>(width));
    for (std::size_t t = 0; t < ids.size(); ++t) {
      for (std::size_t c = 0; c < width; ++c) {
        out[t][c] = static_cast<double>(words.at(ids[t] * width + c)) + static_cast<double>(places.at(t * width + c));
        if (model_.bert.token_types > 0) out[t][c] += static_cast<double>(types.at(c));
      }
    }
    return normed(std::move(out), "embeddings.LayerNorm");
  }
  Matrix dense(const Matrix& in, const std::string& name) const {
    const TensorView& weights = tensor(name + ".weight");
    const TensorView& bias = tensor(name + ".bias");
    const std::size_t outputs = weights.shape[0];
    const std::size_t inputs = weights.shape[1];
    std::vector<double> w(outputs * inputs);
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<double>(weights.at(i));
    Matrix out(in.size(), std::vector<double>(outputs));
    for (std::size_t t = 0; t < in.size(); ++t) {
      for (std::size_t o = 0; o < outputs; ++o) {
        const auto* row = w.data() + o * inputs;
        out[t][o] = std::inner_product(row, row + inputs, in[t].begin(), static_cast<double>(bias.at(o)));
      }
    }
    return out;
  }
  Matrix attention(const Matrix& in, const std::string& base) const {
    const Matrix q = dense(in, base + "query");
    const Matrix k = dense(in, base + "key");
    const Matrix v = dense(in, base + "value");
    const std::size_t size = model_.bert.hidden / model_.bert.heads;
    Matrix out(in.size(), std::vector<double>(model_.bert.hidden, 0.0));
    for (std::size_t first = 0; first < model_.bert.hidden; first += size) {
      for (std::size_t t = 0; t < in.size(); ++t) {
        std::vector<double> share(in.size());
        for (std::size_t u = 0; u < in.size(); ++u) {
          for (std::size_t c = first; c < first + size; ++c) share[u] += q[t][c] * k[u][c];
          share[u] /= std::sqrt(static_cast<double>(size));
        }
        const double largest = *std::max_element(share.begin(), share.end());
        double total = 0;
        for (double& s : share) total += s = std::exp(s - largest);
        for (std::size_t u = 0; u < in.size(); ++u) {
          for (std::size_t c = first; c < first + size; ++c) out[t][c] += share[u] / total * v[u][c];
        }
      }
    }
    return out;
  }
  static Matrix sum(Matrix a, const Matrix& b) {
    for (std::size_t r = 0; r < a.size(); ++r) {
      for (std::size_t c = 0; c < a[r].size(); ++c) a[r][c] += b[r][c];
    }
    return a;
  }
  Matrix normed(Matrix in, const std::string& name) const {
    const TensorView& gain = tensor(name + ".weight");
    const TensorView& bias = tensor(name + ".bias");
    const auto width = static_cast<double>(model_.bert.hidden);
    for (auto& row : in) {
      const double mean = std::accumulate(row.begin(), row.end(), 0.0) / width;
      double variance = 0;
      for (const double x : row) variance += (x - mean) * (x - mean);
      const double scale = 1 / std::sqrt(variance / width + static_cast<double>(model_.bert.layer_norm_eps));
      for (std::size_t c = 0; c < row.size(); ++c) {
        row[c] = (row[c] - mean) * scale * static_cast<double>(gain.at(c)) + static_cast<double>(bias.at(c));
      }
    }
    return in;
  }

  Model model_;
};

}  // namespace pointsman::encode::testing
