#include "ledger_postgres/params.h"

#include <bit>

#include "ledger_postgres/storable_text.h"

namespace pointsman::ledger_postgres {
namespace {

// Network byte order, as all numbers of the protocol.
template <class T>
std::string big_endian(T value) {
  std::string out(sizeof value, '\0');
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out[sizeof value - 1 - i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
  }
  return out;
}

std::string_view view(const base::Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

std::uint32_t array_of(Type element) {
  switch (element) {
    case Type::kBool:
      return 1000;
    case Type::kBytes:
      return 1001;
    case Type::kInt8:
      return 1016;
    case Type::kText:
      return 1009;
    case Type::kReal:
      return 1022;
    case Type::kUuid:
      return 2951;
  }
  return 0;
}

}  // namespace

void Array::put(std::string_view value) {
  body_ += big_endian(static_cast<std::int32_t>(value.size()));
  body_ += value;
  ++count_;
}

void Array::integer(const std::optional<std::int64_t>& value) {
  if (value) return put(big_endian(*value));
  body_ += big_endian(std::int32_t{-1});
  has_null_ = true;
  ++count_;
}

void Array::text(std::string_view value) {
  put(storable_text(value));
}

void Array::bytes(std::string_view value) {
  put(value);
}

void Array::uuid(const base::Uuid& value) {
  put(view(value));
}

Params& Params::put(Type type, std::optional<std::string> value) {
  types_.push_back(static_cast<std::uint32_t>(type));
  values_.push_back(std::move(value));
  return *this;
}

Params& Params::integer(const std::optional<std::int64_t>& value) {
  return put(Type::kInt8, value ? std::optional(big_endian(*value)) : std::nullopt);
}

Params& Params::time(base::WallTime value) {
  return integer(value.time_since_epoch().count());
}

Params& Params::time(const std::optional<base::WallTime>& value) {
  return value ? time(*value) : put(Type::kInt8, std::nullopt);
}

Params& Params::text(std::string_view value) {
  return put(Type::kText, storable_text(value));
}

Params& Params::bytes(std::string_view value) {
  return put(Type::kBytes, std::string(value));
}

Params& Params::null_or_bytes(std::string_view value) {
  return put(Type::kBytes, value.empty() ? std::nullopt : std::optional(std::string(value)));
}

Params& Params::real(double value) {
  return put(Type::kReal, big_endian(std::bit_cast<std::int64_t>(value)));
}

Params& Params::boolean(bool value) {
  return put(Type::kBool, std::string(1, value ? '\1' : '\0'));
}

Params& Params::uuid(const base::Uuid& value) {
  return put(Type::kUuid, std::string(view(value)));
}

// The form of array_recv(): dimensions, whether there are nulls, the type of elements; for each dimension its length
// and where it begins; then each element with its length.
Params& Params::array(const Array& value) {
  std::string out = big_endian(std::int32_t{value.count_ > 0 ? 1 : 0});
  out += big_endian(std::int32_t{value.has_null_ ? 1 : 0});
  out += big_endian(static_cast<std::uint32_t>(value.element_));
  if (value.count_ > 0) out += big_endian(value.count_) + big_endian(std::int32_t{1});
  types_.push_back(array_of(value.element_));
  values_.push_back(out + value.body_);
  return *this;
}

}  // namespace pointsman::ledger_postgres
