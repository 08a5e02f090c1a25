// The files that the library `sentence-transformers` puts around a model: its modules, the pooling, the length of
// texts, the prompts; and tokenizer_config.json, which the tokenizer's own file does not always agree with.
//
// Pure. What would change the vectors and is not supported is refused at its JSON pointer; the rest is not looked at.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "encode/model_directory.h"

namespace pointsman::encode {

// modules.json.
struct Modules {
  Model::Kind kind = Model::Kind::kBert;
  std::string first_path;    // of the module with the weights; "" is the directory itself
  std::string pooling_path;  // kBert
  bool normalizes = false;   // vectors leave the authors' pipeline with the length 1
};
base::Result<Modules> read_modules(std::string_view json);

// N_Pooling/config.json.
struct PoolingConfig {
  Pooling pooling = Pooling::kMean;
  std::size_t dimensions = 0;  // 0: it does not say
  bool include_prompt = true;
};
base::Result<PoolingConfig> read_pooling(std::string_view json);

// sentence_bert_config.json.
struct SentenceConfig {
  std::optional<std::size_t> max_tokens;
  bool lowercase = false;  // before the tokenizer sees the text
};
base::Result<SentenceConfig> read_sentence_config(std::string_view json);

// config_sentence_transformers.json.
struct Prompts {
  std::optional<std::string> applied;  // the default prompt
  bool has_query = false;              // one that is "query: "
};
base::Result<Prompts> read_prompts(std::string_view json);

// tokenizer_config.json.
struct TokenizerConfig {
  WordPieceOverrides overrides;
  std::optional<std::size_t> max_tokens;
  std::string name;  // the tokenizer it was made from
};
base::Result<TokenizerConfig> read_tokenizer_config(std::string_view json);

}  // namespace pointsman::encode
