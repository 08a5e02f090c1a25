#include "learn/distillation.h"

#include <algorithm>

#include "learn/dense_rows.h"
#include "learn/parallel.h"

namespace pointsman::learn {
namespace {

constexpr std::size_t kBatch = 64;
constexpr int kRound = 20;  // batches between two words about the progress

// What the encoder says of every piece of its vocabulary alone.
std::vector<float> encode_pieces(const encode::BertEncoder& encoder, const encode::WordPiece& tokenizer, int threads,
                                 const DistillProgress& progress) {
  const std::size_t d = encoder.dimensions();
  const std::size_t count = tokenizer.size();
  std::vector<float> out(count * d);
  std::vector<std::uint32_t> around;
  encode::WordPiece::Work work;
  tokenizer.encode("", 8, work, around);  // what stands before and after every text
  const std::size_t before = around.size() / 2;
  const auto rounds = static_cast<int>((count + std::size_t{kRound} * kBatch - 1) / (std::size_t{kRound} * kBatch));
  for (int round = 0; round < rounds; ++round) {
    progress("vocabulary", static_cast<double>(round) / rounds);
    const std::size_t from = static_cast<std::size_t>(round) * std::size_t{kRound} * kBatch;
    in_parallel(kRound, threads, [&](int job) {
      const std::size_t begin = from + static_cast<std::size_t>(job) * kBatch;
      const std::size_t end = std::min(count, begin + kBatch);
      if (begin >= end) return;
      const auto scratch = encoder.make_scratch();
      std::vector<std::vector<std::uint32_t>> ids;
      for (std::size_t i = begin; i < end; ++i) {
        auto& one = ids.emplace_back(around.begin(), around.begin() + static_cast<std::ptrdiff_t>(before));
        one.push_back(static_cast<std::uint32_t>(i));
        one.insert(one.end(), around.begin() + static_cast<std::ptrdiff_t>(before), around.end());
      }
      const std::vector<encode::BertEncoder::Ids> views(ids.begin(), ids.end());
      encoder.encode_ids(views, *scratch, std::span(out).subspan(begin * d, (end - begin) * d));
    });
  }
  return out;
}

}  // namespace

encode::TableParts distil(const encode::BertEncoder& encoder, const encode::WordPiece& tokenizer,
                          const Distillation& how, const DistillProgress& progress) {
  const DistillProgress tell = progress ? progress : [](std::string_view, double) {};
  encode::DistillInput input{.tokenizer = &tokenizer, .dimensions = encoder.dimensions()};
  input.pieces = encode_pieces(encoder, tokenizer, how.threads, tell);
  input.texts.assign(how.texts.begin(), how.texts.end());
  if (!input.texts.empty()) {
    tell("texts", 0);
    input.embeddings = encode_rows(encoder, how.texts, how.threads).values;
  }
  input.card = how.card;
  tell("fit", 0);
  return encode::distill(std::move(input), how.options, [&](double share) { tell("fit", share); });
}

}  // namespace pointsman::learn
