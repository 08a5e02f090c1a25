// config.json of a model's directory: what kind of model it is and how large.
//
// Pure. Whatever a field says that our forward pass does not do is refused at its JSON pointer.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "encode/model_directory.h"

namespace pointsman::encode {

// What every config.json may say, before anything in it is judged.
struct ConfigSummary {
  std::string model_type;  // "bert", "model2vec", ...; empty if it does not say
  std::string name;        // the model it was made from, as its author called it
};
base::Result<ConfigSummary> read_config_summary(std::string_view json);

// The dimensions of a model of type "bert".
base::Result<BertConfig> read_bert_config(std::string_view json);

}  // namespace pointsman::encode
