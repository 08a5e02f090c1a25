#include "encode/model_directory.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "encode/model_config.h"
#include "encode/model_tensors.h"
#include "encode/safetensors.h"
#include "encode/sentence_files.h"

namespace pointsman::encode {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::array<std::string_view, 14> kFileNames = {
    "config.json",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "0_Pooling/config.json",
    "1_Pooling/config.json",
    "2_Pooling/config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "model.safetensors",
    "0_StaticEmbedding/tokenizer.json",
    "0_StaticEmbedding/model.safetensors",
    "README.md",
};
constexpr std::size_t kMaxTextBytes = std::size_t{32} << 20U;  // of vocab.txt
constexpr std::size_t kStaticTokens = 512;                     // what model2vec reads of a text
constexpr std::string_view kIdVersion = "pointsman encoder files 1\n";
constexpr std::size_t kMaxFrontMatter = std::size_t{64} << 10U;
constexpr std::string_view kQueryPrefix = "query: ";

std::string_view text_of(const ModelFile& file) {
  return {reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()};
}

// "intfloat/e5-small-v2", "multilingual-e5-base": models trained with "query: " or "passage: " before every text, the
// first for everything that is not retrieval (Wang et al. 2022, arXiv:2212.03533, and their model cards).
bool is_e5(std::string_view name) {
  name.remove_prefix(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
  return name.starts_with("e5-") || name.starts_with("multilingual-e5-");
}

// The same asked of a model card: its front matter names the model, and the one that it was made from, at the ends of
// lines like "- name: e5-small-v2" and "base_model: intfloat/e5-base".
bool is_card_of_e5(std::string_view card) {
  card = card.substr(0, kMaxFrontMatter);
  bool inside = false;
  while (!card.empty()) {
    std::string_view line = card.substr(0, card.find('\n'));
    card.remove_prefix(std::min(line.size() + 1, card.size()));
    while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
    if (line == "---") {
      if (inside) return false;
      inside = true;
      continue;
    }
    if (!inside) return false;
    if (is_e5(line.substr(line.rfind(' ') + 1))) return true;
  }
  return false;
}

class DirectoryReader {
 public:
  explicit DirectoryReader(std::span<const ModelFile> files) : files_(files) {}

  Result<Model> read() {
    PM_TRY(const Modules modules, find_modules());
    if (modules.kind == Model::Kind::kStatic) {
      PM_CHECK(read_static(modules));
    } else {
      PM_CHECK(read_bert(modules));
    }
    model_.id = make_id();
    return std::move(model_);
  }

 private:
  // The bytes of a file, which counts as used from now on; null if it is not there.
  const std::string_view* use(std::string_view name) {
    const auto found = std::ranges::find(files_, name, &ModelFile::name);
    const auto known = std::ranges::find(kFileNames, name);
    if (found == files_.end() || known == kFileNames.end()) return nullptr;
    const auto index = static_cast<std::size_t>(known - kFileNames.begin());
    used_[index] = true;
    texts_[index] = text_of(*found);
    return &texts_[index];
  }
  bool has(std::string_view name) const { return std::ranges::find(files_, name, &ModelFile::name) != files_.end(); }

  // Reads a file by `reader`; `otherwise` if it is not there. Errors name the file.
  template <typename T>
  Result<T> read_file(std::string_view name, Result<T> (*reader)(std::string_view), T otherwise) {
    const std::string_view* const text = use(name);
    if (text == nullptr) return otherwise;
    auto out = reader(*text);
    if (!out) return base::fail(std::move(out).error().in(name));
    return out;
  }

  static std::unexpected<base::Error> missing(std::string_view name, std::string_view hint = "") {
    return base::fail(ErrorCode::kNotFound, std::string(name) + ": the directory has no such file" + std::string(hint));
  }

  // modules.json, or what a directory without it must be.
  Result<Modules> find_modules() {
    PM_TRY(config_, read_file("config.json", read_config_summary, {}));
    if (has("modules.json")) return read_file("modules.json", read_modules, {});
    Modules out{.pooling_path = has("1_Pooling/config.json") ? "1_Pooling" : "", .normalizes = true};
    if (config_.model_type == "model2vec" || !has("config.json")) out.kind = Model::Kind::kStatic;
    return out;
  }

  Result<void> read_static(const Modules& modules) {
    model_.kind = Model::Kind::kStatic;
    model_.max_tokens = kStaticTokens;
    model_.drop_unknown = config_.model_type == "model2vec" || !has("modules.json");
    const std::string folder = modules.first_path.empty() ? "" : modules.first_path + "/";
    PM_CHECK(read_prefix({}));
    PM_CHECK(read_tokenizer_json(folder + "tokenizer.json", {}));
    model_.tokenizer = model_.tokenizer->without_ends();
    PM_CHECK(read_tensors(folder + "model.safetensors", find_static_tensors));
    return check_rows("embeddings", model_.tensors.front().shape[0]);
  }

  Result<void> read_bert(const Modules& modules) {
    const std::string_view* const config = use("config.json");
    if (config == nullptr) return missing("config.json");
    if (config_.model_type != "bert") {
      return base::fail(base::Error(ErrorCode::kUnsupported, "config.json: a model of type '" + config_.model_type +
                                                                 "' is not supported; bert and model2vec are")
                            .at("/model_type"));
    }
    PM_TRY(model_.bert, read_file("config.json", read_bert_config, {}));
    model_.dimensions = model_.bert.hidden;
    leaves_length_ = !modules.normalizes;
    PM_TRY(const TokenizerConfig tokenizer, read_file("tokenizer_config.json", read_tokenizer_config, {}));
    PM_TRY(const SentenceConfig sentence, read_file("sentence_bert_config.json", read_sentence_config, {}));
    const std::size_t longest = sentence.max_tokens.value_or(tokenizer.max_tokens.value_or(model_.bert.positions));
    model_.max_tokens = std::min(longest, model_.bert.positions);
    PM_CHECK(read_prefix(tokenizer.name));
    PM_CHECK(read_pooling_of(modules));
    PM_CHECK(read_tokenizer(tokenizer.overrides));
    if (sentence.lowercase && !model_.tokenizer->options().lowercase) {
      return base::fail(base::Error(ErrorCode::kUnsupported,
                                    "sentence_bert_config.json: only a tokenizer that makes small letters is supported")
                            .at("/do_lower_case"));
    }
    PM_CHECK(read_tensors("model.safetensors", find_bert_tensors));
    return check_rows("embeddings.word_embeddings.weight", model_.bert.vocabulary);
  }

  // The prompt that its authors put before every text, or the one that E5 needs.
  Result<void> read_prefix(std::string_view tokenizer_name) {
    PM_TRY(const Prompts prompts, read_file("config_sentence_transformers.json", read_prompts, {}));
    const auto card = std::ranges::find(files_, "README.md", &ModelFile::name);
    if (prompts.applied) {
      model_.prefix = *prompts.applied;
    } else if (prompts.has_query || is_e5(config_.name) || is_e5(tokenizer_name) ||
               (card != files_.end() && is_card_of_e5(text_of(*card)))) {
      model_.prefix = kQueryPrefix;
    }
    return {};
  }

  Result<void> read_pooling_of(const Modules& modules) {
    if (modules.pooling_path.empty()) return {};  // the mean, as nearly all do that do not say
    const std::string name = modules.pooling_path + "/config.json";
    if (use(name) == nullptr) return missing(name);
    PM_TRY(const PoolingConfig pooling, read_file(name, read_pooling, {}));
    if (pooling.dimensions != 0 && pooling.dimensions != model_.dimensions) {
      return base::fail(base::Error(ErrorCode::kInvalidArgument, name + ": must be the hidden_size of config.json")
                            .at("/word_embedding_dimension"));
    }
    if (!pooling.include_prompt && !model_.prefix.empty()) {
      return base::fail(
          base::Error(ErrorCode::kUnsupported, name + ": the prompt's tokens are always pooled").at("/include_prompt"));
    }
    model_.pooling = pooling.pooling;
    return {};
  }

  Result<void> read_tokenizer(const WordPieceOverrides& overrides) {
    if (has("tokenizer.json")) return read_tokenizer_json("tokenizer.json", overrides);
    const std::string_view* const text = use("vocab.txt");
    if (text == nullptr) return missing("tokenizer.json", ", and no vocab.txt");
    if (text->size() > kMaxTextBytes) return base::fail(ErrorCode::kTooLarge, "vocab.txt: is too large");
    WordPieceOptions options;
    options.lowercase = overrides.lowercase.value_or(true);
    options.space_cjk = overrides.space_cjk.value_or(true);
    options.strip_accents = overrides.strip_accents.value_or(std::nullopt).value_or(options.lowercase);
    return keep(WordPiece::from_vocabulary(*text, options), "vocab.txt");
  }

  Result<void> read_tokenizer_json(std::string_view name, const WordPieceOverrides& overrides) {
    const std::string_view* const text = use(name);
    if (text == nullptr) return missing(name);
    return keep(WordPiece::from_tokenizer_json(*text, overrides), name);
  }

  Result<void> keep(Result<WordPiece> tokenizer, std::string_view name) {
    if (!tokenizer) return base::fail(std::move(tokenizer).error().in(name));
    model_.tokenizer = std::move(*tokenizer);
    return {};
  }

  Result<void> read_tensors(std::string_view name, Result<void> (*find)(const Safetensors&, Model&)) {
    const std::string_view* const text = use(name);
    if (text == nullptr) return missing(name, " (weights in other formats or in several files are not read)");
    const auto file = Safetensors::open(std::as_bytes(std::span(*text)));
    if (!file) return base::fail(base::Error(file.error()).in(name));
    if (auto found = find(*file, model_); !found) return base::fail(std::move(found).error().in(name));
    return {};
  }

  // Every number that the tokenizer can give must have a row in the table.
  Result<void> check_rows(std::string_view table, std::size_t rows) const {
    if (model_.tokenizer->size() <= rows) return {};
    return base::fail(ErrorCode::kCorrupt, "the tokenizer has " + std::to_string(model_.tokenizer->size()) +
                                               " pieces, " + std::string(table) + " only " + std::to_string(rows) +
                                               " rows");
  }

  // Over the prefix (a model card may have said it, which is not a used file) and each used file's name, size and hash,
  // in the order of kFileNames. Heads that were trained on vectors of other lengths must not fit.
  std::string make_id() const {
    std::string summary = std::string(kIdVersion) + model_.prefix + '\n';
    if (leaves_length_) summary += "vectors of length 1\n";
    for (std::size_t i = 0; i < kFileNames.size(); ++i) {
      if (!used_[i]) continue;
      summary += std::string(kFileNames[i]) + ' ' + std::to_string(texts_[i].size()) + ' ';
      summary += base::sha256_hex(texts_[i]) + '\n';
    }
    return base::sha256_hex(summary);
  }

  std::span<const ModelFile> files_;
  std::array<bool, kFileNames.size()> used_{};
  std::array<std::string_view, kFileNames.size()> texts_{};
  ConfigSummary config_;
  bool leaves_length_ = false;  // a transformer whose authors leave vectors as long as they come
  Model model_;
};

}  // namespace

std::span<const std::string_view> model_file_names() {
  return kFileNames;
}

const TensorView* Model::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(tensors, name, {}, &TensorView::name);
  return found != tensors.end() && found->name == name ? &*found : nullptr;
}

Result<Model> read_model(std::span<const ModelFile> files) {
  return DirectoryReader(files).read();
}

}  // namespace pointsman::encode
