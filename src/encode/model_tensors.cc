#include "encode/model_tensors.h"

#include <algorithm>
#include <initializer_list>

#include "encode/json_reader.h"

namespace pointsman::encode {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kBertPrefix = "bert.";
constexpr std::string_view kWordTable = "embeddings.word_embeddings.weight";
constexpr std::string_view kStaticTable = "embeddings";

std::unexpected<base::Error> fail_at(ErrorCode code, std::string message, std::string_view name,
                                     std::string_view below = {}) {
  std::string place;
  append_step(place, name);
  place += below;
  return base::fail(base::Error(code, std::move(message)).at(std::move(place)));
}

std::string in_words(std::span<const std::size_t> shape) {
  std::string out = "[";
  for (const std::size_t n : shape) out += (out.size() > 1 ? ", " : "") + std::to_string(n);
  return out + "]";
}

bool is_float(Dtype dtype) {
  return dtype == Dtype::kF32 || dtype == Dtype::kF16 || dtype == Dtype::kBf16;
}

class BertTensors {
 public:
  BertTensors(const Safetensors& file, Model& model)
      : file_(file), model_(model), bert_(model.bert), names_(std::make_shared<std::deque<std::string>>()) {
    if (!file.has(kWordTable) && file.has(std::string(kBertPrefix) + std::string(kWordTable))) prefix_ = kBertPrefix;
  }

  Result<void> find_all() {
    const std::size_t hidden = bert_.hidden;
    PM_CHECK(find(std::string(kWordTable), {bert_.vocabulary, hidden}));
    PM_CHECK(find("embeddings.position_embeddings.weight", {bert_.positions, hidden}));
    if (bert_.token_types > 0) PM_CHECK(find("embeddings.token_type_embeddings.weight", {bert_.token_types, hidden}));
    PM_CHECK(layer_norm("embeddings.LayerNorm"));
    for (std::size_t i = 0; i < bert_.layers; ++i) PM_CHECK(layer("encoder.layer." + std::to_string(i)));
    std::ranges::sort(model_.tensors, {}, &TensorView::name);
    model_.renamed = std::move(names_);
    return {};
  }

 private:
  Result<void> layer(const std::string& at) {
    const std::size_t hidden = bert_.hidden;
    for (const char* const part :
         {".attention.self.query", ".attention.self.key", ".attention.self.value", ".attention.output.dense"}) {
      PM_CHECK(dense(at + part, hidden, hidden));
    }
    PM_CHECK(layer_norm(at + ".attention.output.LayerNorm"));
    PM_CHECK(dense(at + ".intermediate.dense", bert_.intermediate, hidden));
    PM_CHECK(dense(at + ".output.dense", hidden, bert_.intermediate));
    return layer_norm(at + ".output.LayerNorm");
  }

  Result<void> dense(const std::string& at, std::size_t outputs, std::size_t inputs) {
    PM_CHECK(find(at + ".weight", {outputs, inputs}));
    return find(at + ".bias", {outputs});
  }

  Result<void> layer_norm(const std::string& at) {
    const bool old = !file_.has(prefix_ + at + ".weight") && file_.has(prefix_ + at + ".gamma");
    PM_CHECK(find(at + ".weight", {bert_.hidden}, old ? at + ".gamma" : ""));
    return find(at + ".bias", {bert_.hidden}, old ? at + ".beta" : "");
  }

  // `written`: its name in the file, where that is another.
  Result<void> find(const std::string& name, std::initializer_list<std::size_t> shape,
                    const std::string& written = "") {
    const std::string in_file = prefix_ + (written.empty() ? name : written);
    PM_TRY(TensorView view, file_.tensor(in_file));
    if (!is_float(view.dtype)) {
      return fail_at(ErrorCode::kUnsupported, "must have elements of type F32, F16 or BF16", in_file, "/dtype");
    }
    if (!std::ranges::equal(std::span(view.shape).first(view.rank), shape)) {
      return fail_at(ErrorCode::kCorrupt,
                     "has the shape " + in_words(std::span(view.shape).first(view.rank)) + ", config.json says " +
                         in_words(std::span(shape.begin(), shape.size())),
                     in_file, "/shape");
    }
    view.name.remove_prefix(prefix_.size());
    if (!written.empty()) view.name = names_->emplace_back(name);
    model_.tensors.push_back(view);
    return {};
  }

  const Safetensors& file_;
  Model& model_;
  const BertConfig& bert_;
  std::string prefix_;
  std::shared_ptr<std::deque<std::string>> names_;
};

}  // namespace

Result<void> find_bert_tensors(const Safetensors& file, Model& model) {
  return BertTensors(file, model).find_all();
}

Result<void> find_static_tensors(const Safetensors& file, Model& model) {
  constexpr std::string_view kSentenceName = "embedding.weight";  // of sentence-transformers
  const std::string_view name = file.has(kSentenceName) && !file.has(kStaticTable) ? kSentenceName : kStaticTable;
  PM_TRY(TensorView table, file.tensor(name));
  if (!is_float(table.dtype) && table.dtype != Dtype::kI8) {
    return fail_at(ErrorCode::kUnsupported, "must have elements of type F32, F16, BF16 or I8", name, "/dtype");
  }
  if (table.rank != 2 || table.shape[0] == 0 || table.shape[1] == 0) {
    return fail_at(ErrorCode::kCorrupt, "must have a row for each token", name, "/shape");
  }
  if (file.has("mapping")) {
    return fail_at(ErrorCode::kUnsupported, "a quantised vocabulary (several tokens with one row) is not supported",
                   "mapping");
  }
  if (file.has("weights")) {
    PM_TRY(model.token_weights, file.floats("weights"));
    if (model.token_weights.size() != table.shape[0]) {
      return fail_at(ErrorCode::kCorrupt, "must have one weight for each token", "weights", "/shape");
    }
  }
  model.dimensions = table.shape[1];
  table.name = kStaticTable;
  model.tensors.push_back(table);
  return {};
}

}  // namespace pointsman::encode
