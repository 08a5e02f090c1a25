#include <algorithm>
#include <cmath>
#include <memory>

#include "base/hash.h"
#include "classify/artefact.h"
#include "classify/artefact_layout.h"

namespace pointsman::classify {

using base::Result;

namespace {

std::unexpected<base::Error> corrupt(std::string what) {
  return base::fail(base::ErrorCode::kCorrupt, "model artefact: " + std::move(what));
}

bool in_range(float value, float low, float high) {
  return value >= low && value <= high;
}  // false for NaN

}  // namespace

class ArtefactReader {
 public:
  explicit ArtefactReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  Result<ArtefactView> read() {
    PM_CHECK(read_header());
    PM_CHECK(read_sections());
    PM_CHECK(check_hash());
    PM_CHECK(read_names());
    PM_CHECK(read_head());
    PM_CHECK(check_index());
    PM_CHECK(check_factors());
    PM_CHECK(read_net());
    PM_CHECK(read_dense());
    PM_CHECK(check_examples());
    view_.weights_ = reinterpret_cast<const std::int8_t*>(section_[layout::kWeights].data());
    const auto card = section_[layout::kCard];
    view_.card_ = {reinterpret_cast<const char*>(card.data()), card.size()};
    return std::move(view_);
  }

 private:
  template <class T>
  static T get(std::span<const std::byte> from, std::size_t at) {
    T value;
    std::memcpy(&value, from.data() + at, sizeof value);
    return value;
  }

  Result<void> read_header() {
    if (bytes_.size() < layout::kHeaderSize) {
      return corrupt("truncated: " + std::to_string(bytes_.size()) + " bytes are fewer than the header has");
    }
    if (std::memcmp(bytes_.data(), layout::kMagic.data(), layout::kMagic.size()) != 0) {
      return corrupt("not a model (it does not begin with PMLINEAR)");
    }
    const auto format = get<std::uint32_t>(bytes_, layout::kFormatAt);
    if (format != layout::kFormatVersion)
      return corrupt("format version " + std::to_string(format) + ", expected " +
                     std::to_string(layout::kFormatVersion) + "; train again");
    const auto features = get<std::uint32_t>(bytes_, layout::kFeatureVersionAt);
    if (features != text::kFeatureVersion) {
      return corrupt("made for text features of version " + std::to_string(features) + ", this program has version " +
                     std::to_string(text::kFeatureVersion) + "; train again");
    }
    const auto size = get<std::uint64_t>(bytes_, layout::kFileSizeAt);
    if (size != bytes_.size()) {
      return corrupt("the header says " + std::to_string(size) + " bytes, there are " + std::to_string(bytes_.size()));
    }
    categories_ = get<std::uint32_t>(bytes_, layout::kCategoriesAt);
    view_.features_ = get<std::uint32_t>(bytes_, layout::kFeaturesAt);
    view_.stride_ = get<std::uint32_t>(bytes_, layout::kStrideAt);
    view_.slots_ = get<std::uint32_t>(bytes_, layout::kSlotsAt);
    if (categories_ == 0 || categories_ > kMaxCategories) return corrupt("impossible number of categories");
    if (view_.features_ > kMaxModelFeatures) return corrupt("impossible number of features");
    if (view_.stride_ != layout::stride_of(categories_)) return corrupt("row stride does not fit the categories");
    if (view_.slots_ != layout::slots_of(view_.features_)) return corrupt("index size does not fit the features");
    return {};
  }

  Result<void> read_sections() {
    const std::size_t expected[layout::kSectionCount] = {0,
                                                         std::size_t{view_.slots_} * 8,
                                                         std::size_t{view_.features_} * 8,
                                                         std::size_t{view_.features_} * view_.stride_,
                                                         layout::head_size(categories_),
                                                         0,
                                                         0,
                                                         0,
                                                         0,
                                                         0,
                                                         0};
    std::size_t end = layout::kHeaderSize;
    for (std::size_t i = 0; i < layout::kSectionCount; ++i) {
      const std::string name(layout::kSectionNames[i]);
      const auto offset = get<std::uint64_t>(bytes_, layout::kSectionsAt + 16 * i);
      const auto size = get<std::uint64_t>(bytes_, layout::kSectionsAt + 16 * i + 8);
      if (offset != layout::align(end)) return corrupt("section " + name + " does not follow the one before it");
      if (offset > bytes_.size() || size > bytes_.size() - offset) {
        return corrupt("section " + name + " reaches past the end");
      }
      const bool sized = i != layout::kNames && i < layout::kNet;
      if (sized && size != expected[i]) return corrupt("section " + name + " has the wrong size");
      section_[i] = bytes_.subspan(offset, size);
      end = offset + size;
    }
    if (end != bytes_.size()) return corrupt("bytes after the last section");
    if (section_[layout::kCard].size() > kMaxCard) return corrupt("the card is larger than 1 MiB");
    return {};
  }

  Result<void> check_hash() {
    const std::string_view all(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
    const base::Sha256 hash = base::sha256_around(all, layout::kHashAt);
    if (std::memcmp(hash.data(), bytes_.data() + layout::kHashAt, hash.size()) != 0) {
      return corrupt("the content hash does not agree with the content: the file was changed or damaged");
    }
    view_.content_hash_ = base::to_hex(all.substr(layout::kHashAt, hash.size()));
    return {};
  }

  Result<void> read_names() {
    auto rest = section_[layout::kNames];
    for (std::uint32_t i = 0; i < categories_; ++i) {
      if (rest.size() < 4) return corrupt("category names end early");
      const auto length = get<std::uint32_t>(rest, 0);
      rest = rest.subspan(4);
      if (length == 0 || length > kMaxCategoryName || length > rest.size()) return corrupt("bad category name length");
      view_.categories_.emplace_back(reinterpret_cast<const char*>(rest.data()), length);
      rest = rest.subspan(length);
    }
    if (!rest.empty()) return corrupt("bytes after the last category name");
    std::vector<std::string> sorted = view_.categories_;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return corrupt("a category name twice");
    return {};
  }

  Result<void> read_head() {
    const auto head = section_[layout::kHead];
    view_.temperature_ = get<float>(head, 0);
    view_.unknown_idf_ = get<float>(head, 4);
    view_.max_scale_ = get<float>(head, 8);
    if (!in_range(view_.temperature_, 1e-3F, 1e3F)) return corrupt("temperature out of range");
    if (!in_range(view_.unknown_idf_, 0, 100)) return corrupt("unknown idf out of range");
    if (!in_range(view_.max_scale_, 0, 1e6F)) return corrupt("largest row scale out of range");
    view_.mix_ = {get<float>(head, 12), get<float>(head, 16), get<float>(head, 20), get<float>(head, 24)};
    if (!in_range(view_.mix_.linear, 0, 1e3F) || !in_range(view_.mix_.net, 0, 1e3F)) return corrupt("mix out of range");
    if (!in_range(view_.mix_.ask_below, 0, 1)) return corrupt("ask-below out of range");
    if (!in_range(view_.mix_.stray, 0, 0.5F)) return corrupt("stray out of range");
    view_.scope_ = {get<float>(head, 28), get<float>(head, 32), get<float>(head, 36), get<float>(head, 40)};
    for (std::size_t i = 28; i < 44; i += 4) {
      if (!in_range(get<float>(head, i), -1e4F, 1e4F)) return corrupt("scope out of range");
    }
    for (std::size_t i = 0; i < text::kBlocks; ++i) {
      view_.block_weight_[i] = get<float>(head, 4 * (layout::kHeadBlocks + i));
      if (!in_range(view_.block_weight_[i], 0, 1)) return corrupt("block weight out of range");
    }
    for (std::uint32_t c = 0; c < categories_; ++c) {
      view_.bias_.push_back(get<float>(head, 4 * (layout::kHeadBlocks + text::kBlocks + c)));
      if (!in_range(view_.bias_.back(), -1e6F, 1e6F)) return corrupt("bias out of range");
    }
    return {};
  }

  // Every feature stands in the index once, so at least half of the slots are free and a search always ends.
  Result<void> check_index() {
    const auto index = section_[layout::kIndex];
    std::vector<bool> seen(view_.features_, false);
    std::uint32_t used = 0;
    for (std::uint32_t slot = 0; slot < view_.slots_; ++slot) {
      const auto number = get<std::uint32_t>(index, std::size_t{slot} * 8 + 4);
      if (number == 0) continue;
      if (number > view_.features_ || seen[number - 1])
        return corrupt("index slot " + std::to_string(slot) + " is wrong");
      seen[number - 1] = true;
      ++used;
    }
    if (used != view_.features_) return corrupt("the index misses features");
    view_.index_ = index.data();
    return {};
  }

  Result<void> check_factors() {
    view_.factors_ = section_[layout::kFactors].data();
    for (std::uint32_t i = 0; i < view_.features_; ++i) {
      const ArtefactView::Factors factors = view_.factors(i);
      if (!in_range(factors.idf, 0, 100) || !in_range(factors.scale, 0, view_.max_scale_)) {
        return corrupt("factors of feature " + std::to_string(i) + " out of range");
      }
    }
    return {};
  }

  Result<void> read_net() {
    const auto section = section_[layout::kNet];
    if (section.empty()) return {};
    PM_TRY(view_.net_, CharNet::open(section, categories_));
    return {};
  }

  Result<void> read_dense() {
    const auto table = section_[layout::kTable];
    const auto dense = section_[layout::kDense];
    const auto second = section_[layout::kSecond];
    if (table.empty() != dense.empty()) return corrupt("a table without weights, or weights without a table");
    if (!table.empty()) {
      auto opened = encode::StaticTable::open(table, nullptr);
      if (!opened) return base::fail(std::move(opened).error().in("model artefact"));
      view_.table_ = std::move(*opened);
      PM_TRY(view_.dense_, DenseHead::open(dense, categories_, "dense"));
      if (view_.dense_.dimensions() != view_.table_->dimensions())
        return corrupt("dense: the table has other dimensions");
    }
    if (second.empty()) return {};
    PM_TRY(view_.second_, SecondOpinion::open(second, categories_));
    return {};
  }

  Result<void> check_examples() {
    auto rest = section_[layout::kExamples];
    view_.examples_ = rest;
    while (!rest.empty()) {
      if (rest.size() < 8) return corrupt("examples end early");
      const auto category = get<std::uint32_t>(rest, 0);
      const auto length = get<std::uint32_t>(rest, 4);
      if (category >= categories_) return corrupt("an example of no category");
      if (length > kMaxExampleText || length > rest.size() - 8) return corrupt("bad example length");
      rest = rest.subspan(8 + length);
    }
    return {};
  }

  std::span<const std::byte> bytes_;
  std::span<const std::byte> section_[layout::kSectionCount];
  std::uint32_t categories_ = 0;
  ArtefactView view_;
};

std::vector<StoredExample> ArtefactView::examples() const {
  std::vector<StoredExample> out;
  for (auto rest = examples_; !rest.empty();) {
    std::uint32_t category = 0;
    std::uint32_t length = 0;
    std::memcpy(&category, rest.data(), sizeof category);
    std::memcpy(&length, rest.data() + 4, sizeof length);
    out.push_back({category, {reinterpret_cast<const char*>(rest.data() + 8), length}});
    rest = rest.subspan(8 + length);
  }
  return out;
}

Result<ArtefactView> ArtefactView::read(std::span<const std::byte> bytes) {
  return ArtefactReader(bytes).read();
}

}  // namespace pointsman::classify
