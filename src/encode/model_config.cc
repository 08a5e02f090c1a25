#include "encode/model_config.h"

#include <cmath>

#include "encode/json_reader.h"

namespace pointsman::encode {
namespace {

using base::Result;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;
constexpr std::size_t kMaxHidden = std::size_t{1} << 14U;
constexpr std::size_t kMaxIntermediate = std::size_t{1} << 17U;
constexpr std::size_t kMaxLayers = 256;
constexpr std::size_t kMaxHeads = 256;
constexpr std::size_t kMaxPositions = std::size_t{1} << 17U;
constexpr std::size_t kMaxTokenTypes = 64;

struct ActivationName {
  std::string_view name;
  Activation activation;
};
// The tanh forms are one function under several names (Hendrycks and Gimpel 2016, section 2).
constexpr ActivationName kActivations[] = {
    {"gelu", Activation::kGelu},          {"gelu_python", Activation::kGelu},
    {"gelu_new", Activation::kGeluTanh},  {"gelu_pytorch_tanh", Activation::kGeluTanh},
    {"gelu_fast", Activation::kGeluTanh}, {"relu", Activation::kRelu},
};

class BertConfigReader {
 public:
  BertConfigReader() : json_(kMaxBytes) {}

  Result<BertConfig> read(std::string_view text) {
    PM_CHECK(json_.open(text));
    // What the library `transformers` takes when a field is not there.
    out_.token_types = 2;
    out_.positions = 512;
    PM_CHECK(json_.members([this](std::string_view name) { return json_.null() ? Result<void>() : member(name); }));
    PM_CHECK(json_.finish());
    const std::pair<std::string_view, std::size_t> needed[] = {{"/vocab_size", out_.vocabulary},
                                                               {"/hidden_size", out_.hidden},
                                                               {"/num_hidden_layers", out_.layers},
                                                               {"/num_attention_heads", out_.heads},
                                                               {"/intermediate_size", out_.intermediate}};
    for (const auto& [place, value] : needed) {
      if (value == 0) return json_.refuse("is missing", place);
    }
    if (out_.hidden % out_.heads != 0) return json_.refuse("must divide hidden_size", "/num_attention_heads");
    return out_;
  }

 private:
  Result<void> member(std::string_view name) {
    if (name == "vocab_size") return count(out_.vocabulary, 1, Vocabulary::kMaxPieces);
    if (name == "hidden_size") return count(out_.hidden, 1, kMaxHidden);
    if (name == "num_hidden_layers") return count(out_.layers, 1, kMaxLayers);
    if (name == "num_attention_heads") return count(out_.heads, 1, kMaxHeads);
    if (name == "intermediate_size") return count(out_.intermediate, 1, kMaxIntermediate);
    if (name == "max_position_embeddings") return count(out_.positions, 1, kMaxPositions);
    if (name == "type_vocab_size") return count(out_.token_types, 0, kMaxTokenTypes);
    if (name == "layer_norm_eps") return layer_norm_eps();
    if (name == "hidden_act") return activation();
    if (name == "position_embedding_type") return must_be("absolute");
    if (name == "is_decoder" || name == "add_cross_attention" || name == "is_encoder_decoder") return must_be_false();
    if (name == "quantization_config") return json_.refuse("quantised weights are not supported");
    return json_.skip();
  }

  Result<void> count(std::size_t& out, std::size_t least, std::size_t most) {
    PM_TRY(out, json_.count(least, most));
    return {};
  }

  Result<void> layer_norm_eps() {
    PM_TRY(const double value, json_.number());
    if (!(value > 0) || value > 1) return json_.refuse("must be a number above 0 and at most 1");
    out_.layer_norm_eps = static_cast<float>(value);
    if (out_.layer_norm_eps == 0) return json_.refuse("is too small for a float");
    return {};
  }

  Result<void> activation() {
    PM_TRY(const std::string given, json_.text());
    for (const ActivationName& known : kActivations) {
      if (given != known.name) continue;
      out_.activation = known.activation;
      return {};
    }
    return json_.refuse("the activation '" + given + "' is not supported; gelu, gelu_new and relu are");
  }

  Result<void> must_be(std::string_view wanted) {
    PM_TRY(const std::string given, json_.text());
    if (given == wanted) return {};
    return json_.refuse("'" + given + "' is not supported; '" + std::string(wanted) + "' is");
  }

  Result<void> must_be_false() {
    PM_TRY(const bool given, json_.flag());
    if (given) return json_.refuse("only an encoder is supported");
    return {};
  }

  JsonReader json_;
  BertConfig out_;
};

}  // namespace

Result<ConfigSummary> read_config_summary(std::string_view text) {
  ConfigSummary out;
  JsonReader json(kMaxBytes);
  PM_CHECK(json.open(text));
  PM_CHECK(json.members([&](std::string_view name) -> Result<void> {
    if (json.null()) return {};
    if (name == "model_type") {
      PM_TRY(out.model_type, json.text());
      return {};
    }
    if (name == "_name_or_path") {
      PM_TRY(out.name, json.text());
      return {};
    }
    return json.skip();
  }));
  PM_CHECK(json.finish());
  return out;
}

Result<BertConfig> read_bert_config(std::string_view json) {
  BertConfigReader reader;
  return reader.read(json);
}

}  // namespace pointsman::encode
