#include "encoder/cached_encoder.h"

#include <algorithm>
#include <set>

#include "learn/dense_rows.h"

namespace pointsman::bench {

void CachedEncoder::add(const learn::Dataset& data, int threads) {
  std::set<std::string_view> fresh;
  for (const learn::Example& example : data.examples) {
    if (!place_.contains(example.text)) fresh.insert(example.text);
  }
  const std::vector<std::string_view> texts(fresh.begin(), fresh.end());
  const learn::DenseRows rows = learn::encode_rows(*encoder_, texts, threads);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    place_.emplace(texts[i], values_.size());
    values_.insert(values_.end(), rows.row(i).begin(), rows.row(i).end());
  }
}

void CachedEncoder::encode(std::span<const std::string_view> texts, encode::EncoderScratch& scratch,
                           std::span<float> out) const {
  const std::size_t d = dimensions();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto found = place_.find(std::string(texts[i]));
    if (found == place_.end()) {
      encoder_->encode(texts.subspan(i, 1), scratch, out.subspan(i * d, d));
    } else {
      std::copy_n(values_.data() + found->second, d, out.data() + i * d);
    }
  }
}

}  // namespace pointsman::bench
