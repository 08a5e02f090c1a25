// Distils a sentence encoder into a table of token vectors (static_table.h): what the encoder says of every piece of
// its vocabulary alone, weighted by how rare the piece is, and bent so that the mean over a text's pieces points where
// the encoder's vector of the text points.
//
// Model2Vec (Tulkens and van Dongen 2024) encodes the pieces and weighs them by SIF, a / (a + p) (Arora, Liang and Ma
// 2017), p by Zipf's law from the piece's rank. Texts, which need no labels, then teach by ridge regression:
// the least |M T - s E|^2 + ridge x |T - T0|^2, with M the texts' shares of pieces, E the encoder's vectors and T0 what
// the pieces alone said, solved by conjugate gradients. At last the leading principal components are kept. Pure and
// deterministic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "encode/static_table.h"
#include "encode/wordpiece.h"

namespace pointsman::encode {

struct DistillOptions {
  std::size_t dimensions = 256;  // kept, at most the encoder's
  float sif = 1e-4F;             // a
  float ridge = 0.02F;
  int rounds = 40;  // of conjugate gradients, at most
  std::size_t max_text_tokens = 128;
};

// What the encoder said.
struct DistillInput {
  const WordPiece* tokenizer = nullptr;
  std::size_t dimensions = 0;
  std::vector<float> pieces;            // tokenizer->size() x dimensions: of each piece alone
  std::vector<std::string_view> texts;  // may be empty
  std::vector<float> embeddings;        // texts x dimensions
  std::string card;                     // JSON, for people
};

// `tick` is called after every step with the share that is done, 0 to 1.
TableParts distill(DistillInput input, const DistillOptions& options, const std::function<void(double)>& tick);

// Whether a piece is a mark such as "[CLS]" or "[unused7]", which no text has: its vector is zero.
bool is_mark(std::string_view piece);

}  // namespace pointsman::encode
