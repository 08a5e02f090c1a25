#include <cstring>

#include "base/hash.h"
#include "encode/static_table.h"
#include "encode/table_layout.h"

namespace pointsman::encode {

using base::Result;

namespace {

constexpr std::size_t kMaxPieceLength = 512;

std::unexpected<base::Error> corrupt(std::string what) {
  return base::fail(base::ErrorCode::kCorrupt, "encoder table: " + std::move(what));
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class T>
T get(std::span<const std::byte> from, std::size_t at) {
  T value;
  std::memcpy(&value, from.data() + at, sizeof value);
  return value;
}

}  // namespace

class TableReader {
 public:
  TableReader(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) : bytes_(bytes) {
    table_->owner_ = std::move(owner);
    table_->bytes_ = bytes;
  }

  Result<std::shared_ptr<const StaticTable>> read() {
    PM_CHECK(read_header());
    PM_CHECK(read_sections());
    PM_CHECK(check_hash());
    PM_CHECK(read_pieces());
    PM_CHECK(check_scales());
    table_->rows_ = reinterpret_cast<const std::int8_t*>(section_[table::kRows].data());
    table_->card_ = text_of(section_[table::kCard]);
    return std::shared_ptr<const StaticTable>(std::move(table_));
  }

 private:
  Result<void> read_header() {
    if (bytes_.size() < table::kHeaderSize) {
      return corrupt("truncated: " + std::to_string(bytes_.size()) + " bytes are fewer than the header has");
    }
    if (std::memcmp(bytes_.data(), table::kMagic.data(), table::kMagic.size()) != 0) {
      return corrupt("not a table (it does not begin with PMTABLE)");
    }
    const auto format = get<std::uint32_t>(bytes_, table::kFormatAt);
    if (format != table::kFormatVersion) {
      return corrupt("format version " + std::to_string(format) + ", expected " +
                     std::to_string(table::kFormatVersion) + "; distil again");
    }
    const auto size = get<std::uint64_t>(bytes_, table::kFileSizeAt);
    if (size != bytes_.size()) {
      return corrupt("the header says " + std::to_string(size) + " bytes, there are " + std::to_string(bytes_.size()));
    }
    table_->dimensions_ = get<std::uint32_t>(bytes_, table::kDimensionsAt);
    table_->pieces_ = get<std::uint32_t>(bytes_, table::kPiecesAt);
    table_->stride_ = get<std::uint32_t>(bytes_, table::kStrideAt);
    if (table_->dimensions_ == 0 || table_->dimensions_ > kMaxTableDimensions) {
      return corrupt("impossible number of dimensions");
    }
    if (table_->pieces_ == 0 || table_->pieces_ > kMaxTablePieces) return corrupt("impossible number of pieces");
    if (table_->stride_ != table::stride_of(table_->dimensions_)) {
      return corrupt("row stride does not fit the dimensions");
    }
    return {};
  }

  Result<void> read_sections() {
    const std::size_t expected[table::kSectionCount] = {0, 0, table_->pieces_ * 4, table_->pieces_ * table_->stride_,
                                                        0};
    std::size_t end = table::kHeaderSize;
    for (std::size_t i = 0; i < table::kSectionCount; ++i) {
      const std::string name(table::kSectionNames[i]);
      const auto offset = get<std::uint64_t>(bytes_, table::kSectionsAt + 16 * i);
      const auto size = get<std::uint64_t>(bytes_, table::kSectionsAt + 16 * i + 8);
      if (offset != table::align(end)) return corrupt("section " + name + " does not follow the one before it");
      if (offset > bytes_.size() || size > bytes_.size() - offset) {
        return corrupt("section " + name + " reaches past the end");
      }
      const bool sized = i == table::kScales || i == table::kRows;
      if (sized && size != expected[i]) return corrupt("section " + name + " has the wrong size");
      section_[i] = bytes_.subspan(offset, size);
      end = offset + size;
    }
    if (end != bytes_.size()) return corrupt("bytes after the last section");
    if (section_[table::kCard].size() > kMaxTableCard) return corrupt("the card is larger than 64 KiB");
    return {};
  }

  Result<void> check_hash() {
    const std::string_view all = text_of(bytes_);
    const base::Sha256 hash = base::sha256_around(all, table::kHashAt);
    if (std::memcmp(hash.data(), bytes_.data() + table::kHashAt, hash.size()) != 0) {
      return corrupt("the content hash does not agree with the content: the file was changed or damaged");
    }
    table_->id_ = base::to_hex(all.substr(table::kHashAt, hash.size()));
    return {};
  }

  Result<void> read_pieces() {
    WordPieceOptions options{.begin = "", .end = ""};
    PM_CHECK(read_options(options));
    auto tokenizer = WordPiece::from_vocabulary(text_of(section_[table::kPieces]), options);
    if (!tokenizer) return base::fail(std::move(tokenizer).error().in("encoder table"));
    table_->tokenizer_ = std::make_unique<WordPiece>(std::move(*tokenizer));
    if (table_->tokenizer_->size() != table_->pieces_) return corrupt("the vocabulary has another size than the rows");
    return {};
  }

  Result<void> read_options(WordPieceOptions& options) {
    auto rest = section_[table::kOptions];
    if (rest.size() < 8) return corrupt("options end early");
    const auto bits = get<std::uint32_t>(rest, 0);
    options.lowercase = (bits & table::kLowercase) != 0;
    options.strip_accents = (bits & table::kStripAccents) != 0;
    options.clean_text = (bits & table::kCleanText) != 0;
    options.space_cjk = (bits & table::kSpaceCjk) != 0;
    options.max_word_chars = get<std::uint32_t>(rest, 4);
    if (options.max_word_chars == 0 || options.max_word_chars > 10'000) return corrupt("impossible longest word");
    rest = rest.subspan(8);
    for (std::string* text : {&options.unknown, &options.prefix}) {
      if (rest.size() < 4) return corrupt("options end early");
      const auto length = get<std::uint32_t>(rest, 0);
      if (length > kMaxPieceLength || length > rest.size() - 4) return corrupt("bad length in the options");
      text->assign(text_of(rest.subspan(4, length)));
      rest = rest.subspan(4 + length);
    }
    if (!rest.empty()) return corrupt("bytes after the options");
    return {};
  }

  Result<void> check_scales() {
    table_->scales_ = section_[table::kScales].data();
    for (std::size_t i = 0; i < table_->pieces_; ++i) {
      const auto scale = get<float>(section_[table::kScales], i * sizeof(float));
      if (!(scale >= 0 && scale <= 1e6F)) return corrupt("scale of piece " + std::to_string(i) + " out of range");
    }
    return {};
  }

  std::span<const std::byte> bytes_;
  std::span<const std::byte> section_[table::kSectionCount];
  std::unique_ptr<StaticTable> table_{new StaticTable};
};

Result<std::shared_ptr<const StaticTable>> StaticTable::open(std::span<const std::byte> bytes,
                                                             std::shared_ptr<const void> owner) {
  return TableReader(bytes, std::move(owner)).read();
}

}  // namespace pointsman::encode
