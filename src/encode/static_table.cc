#include "encode/static_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/hash.h"
#include "encode/row_mean.h"
#include "encode/table_layout.h"

namespace pointsman::encode {

using base::Result;

namespace {

class TableScratch final : public EncoderScratch {
 public:
  WordPiece::Work work;
  std::vector<std::uint32_t> ids;
  std::vector<WeightedRow> rows;
};

template <class T>
void put(std::string& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}
void append(std::string& bytes, std::uint32_t value) {
  bytes.append(sizeof value, '\0');
  put(bytes, bytes.size() - sizeof value, value);
}

std::string pack_options(const WordPieceOptions& options) {
  std::string out;
  append(out, (options.lowercase ? table::kLowercase : 0U) | (options.strip_accents ? table::kStripAccents : 0U) |
                  (options.clean_text ? table::kCleanText : 0U) | (options.space_cjk ? table::kSpaceCjk : 0U));
  append(out, static_cast<std::uint32_t>(options.max_word_chars));
  for (const std::string& text : {options.unknown, options.prefix}) {
    append(out, static_cast<std::uint32_t>(text.size()));
    out += text;
  }
  return out;
}

// int8 with one scale per row, that the largest value fits.
void append_row(std::span<const float> row, std::size_t stride, std::string& scales, std::string& rows) {
  float largest = 0;
  for (const float value : row) largest = std::max(largest, std::fabs(value));
  const float scale = largest / 127.0F;
  scales.append(reinterpret_cast<const char*>(&scale), sizeof scale);
  const std::size_t at = rows.size();
  rows.append(stride, '\0');
  for (std::size_t d = 0; scale > 0 && d < row.size(); ++d) {
    rows[at + d] = static_cast<char>(static_cast<std::int8_t>(std::clamp(std::round(row[d] / scale), -127.0F, 127.0F)));
  }
}

}  // namespace

std::string write_table(const TableParts& parts) {
  const std::size_t stride = table::stride_of(parts.dimensions);
  std::string sections[table::kSectionCount];
  sections[table::kOptions] = pack_options(parts.options);
  for (std::size_t i = 0; i < parts.pieces.size(); ++i) {
    sections[table::kPieces] += parts.pieces[i] + '\n';
    append_row(std::span(parts.vectors).subspan(i * parts.dimensions, parts.dimensions), stride,
               sections[table::kScales], sections[table::kRows]);
  }
  sections[table::kCard] = parts.card;
  std::string bytes(table::kHeaderSize, '\0');
  std::ranges::copy(table::kMagic, bytes.begin());
  for (std::size_t i = 0; i < table::kSectionCount; ++i) {
    bytes.resize(table::align(bytes.size()), '\0');
    put(bytes, table::kSectionsAt + 16 * i, static_cast<std::uint64_t>(bytes.size()));
    put(bytes, table::kSectionsAt + 16 * i + 8, static_cast<std::uint64_t>(sections[i].size()));
    bytes += sections[i];
  }
  put(bytes, table::kFormatAt, table::kFormatVersion);
  put(bytes, table::kDimensionsAt, static_cast<std::uint32_t>(parts.dimensions));
  put(bytes, table::kFileSizeAt, static_cast<std::uint64_t>(bytes.size()));
  put(bytes, table::kPiecesAt, static_cast<std::uint32_t>(parts.pieces.size()));
  put(bytes, table::kStrideAt, static_cast<std::uint32_t>(stride));
  seal_table(bytes);
  return bytes;
}

void seal_table(std::string& bytes) {
  if (bytes.size() < table::kHeaderSize) return;
  const base::Sha256 digest = base::sha256_around(bytes, table::kHashAt);
  std::ranges::copy(digest, bytes.begin() + table::kHashAt);
}

Result<std::shared_ptr<const StaticTable>> StaticTable::from_string(std::string bytes) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  const auto view = std::as_bytes(std::span(owner->data(), owner->size()));
  return open(view, std::move(owner));
}

std::unique_ptr<EncoderScratch> StaticTable::make_scratch() const {
  return std::make_unique<TableScratch>();
}

void StaticTable::encode(std::span<const std::string_view> texts, EncoderScratch& scratch, std::span<float> out) const {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    encode_one(texts[i], scratch, out.subspan(i * dimensions_, dimensions_));
  }
}

void StaticTable::encode_one(std::string_view text, EncoderScratch& scratch, std::span<float> out) const {
  auto& work = static_cast<TableScratch&>(scratch);
  tokenizer_->encode(text, kMaxTokens, work.work, work.ids);
  work.rows.clear();
  for (const std::uint32_t id : work.ids) {
    float scale = 0;
    std::memcpy(&scale, scales_ + std::size_t{id} * sizeof scale, sizeof scale);
    if (scale > 0) work.rows.push_back({rows_ + std::size_t{id} * stride_, scale});
  }
  sum_rows(work.rows, out);
  float square = 0;
  for (const float value : out) square += value * value;
  if (!(square > 0)) return;
  const float factor = 1 / std::sqrt(square);
  for (float& value : out) value *= factor;
}

}  // namespace pointsman::encode
