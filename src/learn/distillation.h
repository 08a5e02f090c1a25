// Runs an encoder over its own vocabulary and over texts, on several threads, and distils it (encode/distill.h).
// Deterministic: the same encoder, texts and options give the same table on any number of threads.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "encode/bert.h"
#include "encode/distill.h"
#include "encode/wordpiece.h"

namespace pointsman::learn {

struct Distillation {
  encode::DistillOptions options;
  std::span<const std::string_view> texts;  // need no labels; may be empty
  std::string_view card = "{}";
  int threads = 1;
};

// `stage` is "vocabulary", "texts" or "fit"; `share` of it is done, 0 to 1.
using DistillProgress = std::function<void(std::string_view stage, double share)>;

encode::TableParts distil(const encode::BertEncoder& encoder, const encode::WordPiece& tokenizer,
                          const Distillation& how, const DistillProgress& progress = {});

}  // namespace pointsman::learn
