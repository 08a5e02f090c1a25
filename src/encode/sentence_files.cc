#include "encode/sentence_files.h"

#include <utility>
#include <vector>

#include "encode/json_reader.h"

namespace pointsman::encode {
namespace {

using base::Result;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;
constexpr std::size_t kMaxTokens = std::size_t{1} << 17U;
constexpr std::size_t kMaxDimensions = std::size_t{1} << 16U;
constexpr std::size_t kMaxPromptBytes = 4096;
constexpr std::string_view kQueryPrompt = "query: ";

// Reads an object, calling member(name) for each member that is not null.
template <typename Member>
Result<void> read_object(JsonReader& json, std::string_view text, const Member& member) {
  PM_CHECK(json.open(text));
  PM_CHECK(json.members([&](std::string_view name) -> Result<void> {
    if (json.null()) return {};
    return member(name);
  }));
  return json.finish();
}

// Files write a length without a limit as a number near 1e30.
Result<void> read_length(JsonReader& json, std::optional<std::size_t>& out) {
  PM_TRY(const double value, json.number());
  if (value < 1) return json.refuse("must be at least 1");
  if (value < static_cast<double>(kMaxTokens)) out = static_cast<std::size_t>(value);
  return {};
}

struct Module {
  std::string type;  // without the package in front
  std::string path;
};

Result<Module> read_module(JsonReader& json) {
  Module out;
  PM_CHECK(json.members([&](std::string_view name) -> Result<void> {
    if (name == "path") {
      PM_TRY(out.path, json.text());
      return {};
    }
    if (name != "type") return json.skip();
    PM_TRY(out.type, json.text());
    out.type.erase(0, out.type.rfind('.') + 1);
    return {};
  }));
  if (out.path == ".") out.path.clear();
  if (out.type.empty()) return json.refuse("must have a type");
  return out;
}

class ModulesReader {
 public:
  Result<Modules> read(std::string_view text) {
    PM_CHECK(json_.open(text));
    PM_CHECK(json_.elements([this](std::size_t index) -> Result<void> {
      PM_TRY(const Module module, read_module(json_));
      return index == 0 ? first(module) : next(module);
    }));
    PM_CHECK(json_.finish());
    if (!has_first_) return json_.refuse("names no module");
    if (out_.kind == Model::Kind::kBert && !has_pooling_) return json_.refuse("names no Pooling");
    return std::move(out_);
  }

 private:
  Result<void> first(const Module& module) {
    has_first_ = true;
    out_.first_path = module.path;
    if (module.type == "StaticEmbedding") {
      out_.kind = Model::Kind::kStatic;
      return {};
    }
    if (module.type != "Transformer") return unsupported(module);
    if (!module.path.empty()) return json_.refuse("only the directory itself is supported", "/path");
    return {};
  }

  Result<void> next(const Module& module) {
    if (module.type == "Normalize") {
      out_.normalizes = true;
      return {};
    }
    const bool fits = out_.kind == Model::Kind::kBert && !has_pooling_ && !out_.normalizes;
    if (module.type != "Pooling" || !fits) return unsupported(module);
    if (module.path.empty()) return json_.refuse("must have a folder of its own", "/path");
    has_pooling_ = true;
    out_.pooling_path = module.path;
    return {};
  }

  Result<void> unsupported(const Module& module) const {
    return json_.refuse("a module '" + module.type + "' is not supported here; a Transformer with Pooling, or a " +
                            "StaticEmbedding, and Normalize are",
                        "/type");
  }

  JsonReader json_{kMaxBytes};
  Modules out_;
  bool has_first_ = false;
  bool has_pooling_ = false;
};

bool is_bert_tokenizer(std::string_view tokenizer_class) {
  return tokenizer_class.empty() || tokenizer_class.starts_with("BertTokenizer");
}

Result<void> read_override(JsonReader& json, std::optional<bool>& out) {
  if (json.null()) return {};
  PM_TRY(out, json.flag());
  return {};
}

}  // namespace

Result<Modules> read_modules(std::string_view json) {
  ModulesReader reader;
  return reader.read(json);
}

Result<PoolingConfig> read_pooling(std::string_view text) {
  constexpr std::string_view kModePrefix = "pooling_mode_";
  PoolingConfig out;
  std::size_t modes = 0;
  JsonReader json(kMaxBytes);
  const auto choose = [&](std::string_view mode) -> Result<void> {
    const bool mean = mode == "mean_tokens" || mode == "mean";
    const bool cls = mode == "cls_token" || mode == "cls";
    if (!mean && !cls) return json.refuse("is not supported; the mean of the tokens and the first token are");
    if (++modes > 1) return json.refuse("is the second kind of pooling; only one is supported");
    out.pooling = mean ? Pooling::kMean : Pooling::kCls;
    return {};
  };
  PM_CHECK(read_object(json, text, [&](std::string_view name) -> Result<void> {
    if (name == "word_embedding_dimension" || name == "embedding_dimension") {
      PM_TRY(out.dimensions, json.count(1, kMaxDimensions));
      return {};
    }
    if (name == "include_prompt") {
      PM_TRY(out.include_prompt, json.flag());
      return {};
    }
    if (name == "pooling_mode") {
      PM_TRY(const std::string mode, json.text());
      return choose(mode);
    }
    if (!name.starts_with(kModePrefix)) return json.skip();
    PM_TRY(const bool chosen, json.flag());
    return chosen ? choose(name.substr(kModePrefix.size())) : Result<void>();
  }));
  if (modes == 0) return json.refuse("chooses no kind of pooling");
  return out;
}

Result<SentenceConfig> read_sentence_config(std::string_view text) {
  SentenceConfig out;
  JsonReader json(kMaxBytes);
  PM_CHECK(read_object(json, text, [&](std::string_view name) -> Result<void> {
    if (name == "max_seq_length") return read_length(json, out.max_tokens);
    if (name == "do_lower_case") {
      PM_TRY(out.lowercase, json.flag());
      return {};
    }
    return json.skip();
  }));
  return out;
}

Result<Prompts> read_prompts(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> prompts;
  std::optional<std::string> chosen;
  JsonReader json(kMaxBytes);
  PM_CHECK(read_object(json, text, [&](std::string_view name) -> Result<void> {
    if (name == "default_prompt_name") {
      PM_TRY(chosen, json.text());
      return {};
    }
    if (name == "model_type") {
      PM_TRY(const std::string kind, json.text());
      if (kind == "SentenceTransformer") return {};
      return json.refuse("'" + kind + "' is not supported; SentenceTransformer is");
    }
    if (name != "prompts") return json.skip();
    return json.members([&](std::string_view prompt) -> Result<void> {
      PM_TRY(std::string words, json.text());
      if (words.size() > kMaxPromptBytes) return json.refuse("is too long for a prompt");
      prompts.emplace_back(prompt, std::move(words));
      return {};
    });
  }));
  Prompts out;
  for (const auto& [name, words] : prompts) {
    if (words == kQueryPrompt) out.has_query = true;
    if (name == chosen) out.applied = words;
  }
  if (chosen && !out.applied) return json.refuse("names no prompt", "/default_prompt_name");
  return out;
}

Result<TokenizerConfig> read_tokenizer_config(std::string_view text) {
  TokenizerConfig out;
  std::string tokenizer_class;
  JsonReader json(kMaxBytes);
  PM_CHECK(json.open(text));
  PM_CHECK(json.members([&](std::string_view name) -> Result<void> {
    if (name == "do_lower_case") return read_override(json, out.overrides.lowercase);
    if (name == "tokenize_chinese_chars") return read_override(json, out.overrides.space_cjk);
    if (name == "strip_accents") {
      out.overrides.strip_accents.emplace();
      return read_override(json, *out.overrides.strip_accents);
    }
    if (json.null()) return {};
    if (name == "model_max_length") return read_length(json, out.max_tokens);
    if (name == "tokenizer_class") {
      PM_TRY(tokenizer_class, json.text());
      return {};
    }
    if (name == "name_or_path") {
      PM_TRY(out.name, json.text());
      return {};
    }
    return json.skip();
  }));
  PM_CHECK(json.finish());
  if (!is_bert_tokenizer(tokenizer_class)) out.overrides = {};
  return out;
}

}  // namespace pointsman::encode
