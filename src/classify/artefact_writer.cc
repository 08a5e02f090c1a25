#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "classify/artefact.h"
#include "classify/artefact_layout.h"
#include "text/utf8.h"

namespace pointsman::classify {
namespace {

template <class T>
void put(std::string& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}
template <class T>
void append(std::string& bytes, T value) {
  bytes.append(sizeof value, '\0');
  put(bytes, bytes.size() - sizeof value, value);
}

std::string pack_names(const ModelParts& parts) {
  std::string out;
  for (const std::string& name : parts.categories) {
    append(out, static_cast<std::uint32_t>(name.size()));
    out += name;
  }
  return out;
}

std::string pack_index(const ModelParts& parts) {
  const std::uint32_t slots = layout::slots_of(parts.hashes.size());
  std::string out(std::size_t{slots} * 8, '\0');
  for (std::uint32_t i = 0; i < parts.hashes.size(); ++i) {
    std::uint32_t slot = parts.hashes[i] & (slots - 1);
    std::uint32_t taken = 0;
    for (;; slot = (slot + 1) & (slots - 1)) {
      std::memcpy(&taken, out.data() + std::size_t{slot} * 8 + 4, 4);
      if (taken == 0) break;
    }
    put(out, std::size_t{slot} * 8, parts.hashes[i]);
    put(out, std::size_t{slot} * 8 + 4, i + 1);
  }
  return out;
}

float row_scale(std::span<const float> row) {
  float largest = 0;
  for (const float weight : row) largest = std::max(largest, std::fabs(weight));
  return largest / 127.0F;
}

// int8 with one scale per row: the error of a weight is at most 0.4 % of the row's largest.
std::string pack_weights(const ModelParts& parts, std::string& factors, float& max_scale) {
  const std::size_t categories = parts.categories.size();
  const std::size_t stride = layout::stride_of(categories);
  std::string out(parts.hashes.size() * stride, '\0');
  for (std::size_t i = 0; i < parts.hashes.size(); ++i) {
    const std::span row(parts.weights.data() + i * categories, categories);
    const float scale = row_scale(row);
    max_scale = std::max(max_scale, scale);
    append(factors, parts.idf[i]);
    append(factors, scale);
    if (!(scale > 0)) continue;
    for (std::size_t c = 0; c < categories; ++c) {
      const float level = std::clamp(std::round(row[c] / scale), -127.0F, 127.0F);
      out[i * stride + c] = static_cast<char>(static_cast<std::int8_t>(level));
    }
  }
  return out;
}

std::string pack_head(const ModelParts& parts, float max_scale) {
  std::string out;
  append(out, parts.temperature);
  append(out, parts.unknown_idf);
  append(out, max_scale);
  for (const float one : {parts.mix.linear, parts.mix.net, parts.mix.ask_below, parts.mix.stray}) append(out, one);
  for (const float one :
       {parts.scope.largest_score, parts.scope.unseen_words, parts.scope.unseen_chars, parts.scope.bias}) {
    append(out, one);
  }
  for (const float weight : parts.block_weight) append(out, weight);
  for (const float bias : parts.bias) append(out, bias);
  return out;
}

std::string pack_examples(const ModelParts& parts) {
  std::string out;
  for (const auto& [category, text] : parts.examples) {
    const std::size_t kept = text::floor_boundary(text, kMaxExampleText);
    append(out, category);
    append(out, static_cast<std::uint32_t>(kept));
    out.append(text, 0, kept);
  }
  return out;
}

}  // namespace

std::string write_artefact(const ModelParts& parts) {
  float max_scale = 0;
  std::string sections[layout::kSectionCount];
  sections[layout::kNames] = pack_names(parts);
  sections[layout::kIndex] = pack_index(parts);
  sections[layout::kWeights] = pack_weights(parts, sections[layout::kFactors], max_scale);
  sections[layout::kHead] = pack_head(parts, max_scale);
  sections[layout::kNet] = parts.net;
  sections[layout::kTable] = parts.table;
  if (!parts.table.empty()) {
    const std::size_t categories = parts.categories.size();
    sections[layout::kDense] = DenseHead::pack(parts.dense, parts.dense.size() / categories, categories);
  }
  sections[layout::kSecond] = parts.second;
  sections[layout::kExamples] = pack_examples(parts);
  sections[layout::kCard] = parts.card;

  std::string bytes(layout::kHeaderSize, '\0');
  std::copy(layout::kMagic.begin(), layout::kMagic.end(), bytes.begin());
  for (std::size_t i = 0; i < layout::kSectionCount; ++i) {
    bytes.resize(layout::align(bytes.size()), '\0');
    put(bytes, layout::kSectionsAt + 16 * i, static_cast<std::uint64_t>(bytes.size()));
    put(bytes, layout::kSectionsAt + 16 * i + 8, static_cast<std::uint64_t>(sections[i].size()));
    bytes += sections[i];
  }
  put(bytes, layout::kFormatAt, layout::kFormatVersion);
  put(bytes, layout::kFeatureVersionAt, text::kFeatureVersion);
  put(bytes, layout::kFileSizeAt, static_cast<std::uint64_t>(bytes.size()));
  put(bytes, layout::kCategoriesAt, static_cast<std::uint32_t>(parts.categories.size()));
  put(bytes, layout::kFeaturesAt, static_cast<std::uint32_t>(parts.hashes.size()));
  put(bytes, layout::kStrideAt, layout::stride_of(parts.categories.size()));
  put(bytes, layout::kSlotsAt, layout::slots_of(parts.hashes.size()));
  seal_artefact(bytes);
  return bytes;
}

void seal_artefact(std::string& bytes) {
  if (bytes.size() < layout::kHeaderSize) return;
  const base::Sha256 digest = base::sha256_around(bytes, layout::kHashAt);
  std::copy(digest.begin(), digest.end(), bytes.begin() + layout::kHashAt);
}

}  // namespace pointsman::classify
