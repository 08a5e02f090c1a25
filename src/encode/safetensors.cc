#include "encode/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string>

#include "encode/json_reader.h"

namespace pointsman::encode {
namespace {

using base::ErrorCode;
using base::Result;

static_assert(std::endian::native == std::endian::little, "tensors are read in place");

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxHeaderBytes = std::size_t{16} << 20U;
constexpr std::size_t kMaxTensors = std::size_t{1} << 16U;
constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::size_t kMaxCount = std::size_t{1} << 48U;  // bytes or elements: far above any file, far below overflow

struct DtypeName {
  std::string_view name;
  std::size_t bytes = 0;
  std::optional<Dtype> dtype;  // none: we know its size and do not read it
};
constexpr DtypeName kDtypes[] = {
    {"F32", 4, Dtype::kF32}, {"F16", 2, Dtype::kF16}, {"BF16", 2, Dtype::kBf16},
    {"I8", 1, Dtype::kI8},   {"I64", 8, Dtype::kI64}, {"BOOL", 1, {}},
    {"U8", 1, {}},           {"I16", 2, {}},          {"U16", 2, {}},
    {"I32", 4, {}},          {"U32", 4, {}},          {"U64", 8, {}},
    {"F64", 8, {}},          {"F8_E4M3", 1, {}},      {"F8_E5M2", 1, {}},
};

const DtypeName* dtype_named(std::string_view name) {
  const auto* const found = std::ranges::find(kDtypes, name, &DtypeName::name);
  return found == std::end(kDtypes) ? nullptr : found;
}

std::string pointer_to(std::string_view name, std::string_view below = {}) {
  std::string out;
  append_step(out, name);
  out += below;
  return out;
}

std::unexpected<base::Error> corrupt(std::string message, std::string place) {
  return base::fail(base::Error(ErrorCode::kCorrupt, std::move(message)).at(std::move(place)));
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

// Reads the header into entries; knows nothing of the data but its size.
class Safetensors::HeaderReader {
 public:
  HeaderReader(std::string_view header, std::size_t data_bytes)
      : json_(kMaxHeaderBytes), header_(header), data_bytes_(data_bytes) {}

  Result<std::vector<Entry>> read() {
    PM_CHECK(json_.open(header_));
    PM_CHECK(
        json_.members([this](std::string_view name) { return name == "__metadata__" ? json_.skip() : entry(name); }));
    PM_CHECK(json_.finish());
    PM_CHECK(check_layout());
    PM_CHECK(check_names());
    return std::move(entries_);
  }

 private:
  Result<void> entry(std::string_view name) {
    if (json_.raw_name().escapes != json::Escapes::kNone) return json_.refuse("a tensor's name has escapes");
    if (name.empty() || name.size() > kMaxNameBytes) {
      return json_.refuse("a tensor's name has 1 to " + std::to_string(kMaxNameBytes) + " bytes");
    }
    if (entries_.size() == kMaxTensors) {
      return base::fail(ErrorCode::kTooLarge, "more than " + std::to_string(kMaxTensors) + " tensors");
    }
    Entry out{.name = json_.raw_name().raw};
    bool has_dtype = false;
    bool has_shape = false;
    bool has_offsets = false;
    PM_CHECK(json_.members([&](std::string_view member) -> Result<void> {
      if (member == "dtype") return once(has_dtype, [&] { return dtype(out); });
      if (member == "shape") return once(has_shape, [&] { return shape(out); });
      if (member == "data_offsets") return once(has_offsets, [&] { return offsets(out); });
      return json_.refuse("is not a member of a tensor");
    }));
    if (!has_dtype || !has_shape || !has_offsets) return json_.refuse("must have dtype, shape and data_offsets");
    PM_CHECK(check_size(out));
    entries_.push_back(out);
    return {};
  }

  template <typename Read>
  Result<void> once(bool& seen, const Read& read) {
    if (seen) return json_.refuse("is there twice");
    seen = true;
    return read();
  }

  // Kept as a view: an element type with escapes in its name is none that we know.
  Result<void> dtype(Entry& out) {
    PM_TRY(const json::RawString raw, json_.raw_text());
    out.dtype = raw.raw;
    return {};
  }

  Result<void> shape(Entry& out) {
    return json_.elements([&](std::size_t) -> Result<void> {
      if (out.rank == kMaxStoredRank) {
        return json_.refuse("a tensor has at most " + std::to_string(kMaxStoredRank) + " dimensions");
      }
      PM_TRY(out.shape[out.rank], json_.count(0, kMaxCount));
      ++out.rank;
      return {};
    });
  }

  Result<void> offsets(Entry& out) {
    std::size_t seen = 0;
    PM_CHECK(json_.elements([&](std::size_t index) -> Result<void> {
      ++seen;
      if (index > 1) return json_.refuse("there are two offsets, begin and end");
      PM_TRY((index == 0 ? out.begin : out.end), json_.count(0, kMaxCount));
      return {};
    }));
    if (seen != 2) return json_.refuse("must be two offsets, begin and end");
    if (out.begin > out.end) return corrupt("the tensor ends before it begins", json_.pointer());
    if (out.end > data_bytes_) {
      return corrupt("the tensor ends at byte " + std::to_string(out.end) + " of the data, which has " +
                         std::to_string(data_bytes_),
                     json_.pointer());
    }
    return {};
  }

  // That offsets and shape say the same.
  Result<void> check_size(const Entry& entry) const {
    std::size_t elements = 1;
    for (std::size_t i = 0; i < entry.rank; ++i) {
      if (__builtin_mul_overflow(elements, entry.shape[i], &elements) || elements > kMaxCount) {
        return corrupt("the shape has too many elements", json_.pointer() + "/shape");
      }
    }
    const DtypeName* const dtype = dtype_named(entry.dtype);
    if (dtype == nullptr) return {};  // nobody can ask for it
    if (elements * dtype->bytes != entry.end - entry.begin) {
      return corrupt("the shape needs " + std::to_string(elements * dtype->bytes) + " bytes, the offsets span " +
                         std::to_string(entry.end - entry.begin),
                     json_.pointer() + "/data_offsets");
    }
    return {};
  }

  // The format's rule that the data has neither gaps nor overlaps; this also finds a file that was cut or grew.
  Result<void> check_layout() {
    std::ranges::sort(entries_, {}, [](const Entry& e) { return std::pair(e.begin, e.end); });
    std::size_t at = 0;
    for (const Entry& entry : entries_) {
      if (entry.begin != at) {
        const std::string_view what =
            entry.begin < at ? "the tensor overlaps another" : "there is a gap in front of it";
        return corrupt(std::string(what), pointer_to(entry.name, "/data_offsets"));
      }
      at = entry.end;
    }
    if (at != data_bytes_) {
      return corrupt("the tensors have " + std::to_string(at) + " bytes, the file holds " +
                         std::to_string(data_bytes_) + " behind its header",
                     "");
    }
    return {};
  }

  Result<void> check_names() {
    std::ranges::sort(entries_, {}, &Entry::name);
    const auto twice = std::ranges::adjacent_find(entries_, {}, &Entry::name);
    if (twice != entries_.end()) return corrupt("the tensor is there twice", pointer_to(twice->name));
    return {};
  }

  JsonReader json_;
  std::string_view header_;
  std::size_t data_bytes_;
  std::vector<Entry> entries_;
};

Result<Safetensors> Safetensors::open(std::span<const std::byte> file) {
  if (file.size() < kLengthBytes) return base::fail(ErrorCode::kParse, "not a safetensors file: shorter than 8 bytes");
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > kMaxHeaderBytes) {
    return base::fail(ErrorCode::kTooLarge, "not a safetensors file, or one with a header of " +
                                                std::to_string(length) + " bytes; at most " +
                                                std::to_string(kMaxHeaderBytes) + " are accepted");
  }
  if (length > file.size() - kLengthBytes) {
    return base::fail(ErrorCode::kCorrupt, "the file ends inside its header");
  }
  Safetensors out;
  const auto header = file.subspan(kLengthBytes, length);
  out.data_ = file.subspan(kLengthBytes + length);
  HeaderReader reader(as_text(header), out.data_.size());
  PM_TRY(out.entries_, reader.read());
  return out;
}

const Safetensors::Entry* Safetensors::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(entries_, name, {}, &Entry::name);
  return found != entries_.end() && found->name == name ? &*found : nullptr;
}

std::span<const std::byte> Safetensors::bytes_of(const Entry& entry) const {
  return data_.subspan(entry.begin, entry.end - entry.begin);
}

Result<TensorView> Safetensors::tensor(std::string_view name) const {
  const Entry* const entry = find(name);
  if (entry == nullptr) {
    return base::fail(base::Error(ErrorCode::kNotFound, "the file has no such tensor").at(pointer_to(name)));
  }
  const DtypeName* const dtype = dtype_named(entry->dtype);
  if (dtype == nullptr || !dtype->dtype) {
    return base::fail(base::Error(ErrorCode::kUnsupported, "elements of type '" + std::string(entry->dtype) +
                                                               "' are not read; F32, F16, BF16, I8 and I64 are")
                          .at(pointer_to(name, "/dtype")));
  }
  if (entry->rank > kMaxRank) {
    return base::fail(base::Error(ErrorCode::kUnsupported,
                                  "tensors of more than " + std::to_string(kMaxRank) + " dimensions are not read")
                          .at(pointer_to(name, "/shape")));
  }
  TensorView out{.name = entry->name, .dtype = *dtype->dtype, .rank = entry->rank, .bytes = bytes_of(*entry)};
  std::copy_n(entry->shape.begin(), entry->rank, out.shape.begin());
  return out;
}

Result<std::vector<float>> Safetensors::floats(std::string_view name) const {
  std::vector<float> out;
  const Entry* const entry = find(name);
  if (entry != nullptr && entry->dtype == "F64") {
    const auto bytes = bytes_of(*entry);
    out.resize(bytes.size() / sizeof(double));
    for (std::size_t i = 0; i < out.size(); ++i) {
      double value = 0;
      std::memcpy(&value, bytes.data() + i * sizeof(double), sizeof(double));
      out[i] = static_cast<float>(value);
    }
    return out;
  }
  PM_TRY(const TensorView view, tensor(name));
  out.resize(view.elements());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = view.at(i);
  return out;
}

}  // namespace pointsman::encode
