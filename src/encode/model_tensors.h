// Finds the tensors of a model in its weights file under the names that the forward pass asks for.
//
// Pure. Every tensor that is needed is checked for shape and element type before anybody reads it; what else the file
// holds is left alone.
#pragma once

#include "base/result.h"
#include "encode/model_directory.h"
#include "encode/safetensors.h"

namespace pointsman::encode {

// Fills model.tensors from model.bert. Accepts names with a leading "bert.", and LayerNorm.gamma and .beta of
// checkpoints from before 2019. kNotFound, kCorrupt (a shape that disagrees with config.json) or kUnsupported, at the
// tensor's pointer.
base::Result<void> find_bert_tensors(const Safetensors& file, Model& model);

// Fills model.tensors with the table "embeddings", model.dimensions and model.token_weights.
base::Result<void> find_static_tensors(const Safetensors& file, Model& model);

}  // namespace pointsman::encode
