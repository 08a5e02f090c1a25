// The values of one statement, in PostgreSQL's binary form, and arrays of such values for a whole batch of rows.
//
// Pure; values are copied. The order of the calls is that of $1, $2, ... An array is one value: unnest() makes rows of
// several.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/uuid.h"

namespace pointsman::ledger_postgres {

// Numbers of types (pg_type.dat of PostgreSQL's sources), which never change.
enum class Type : std::uint32_t { kBool = 16, kBytes = 17, kInt8 = 20, kText = 25, kReal = 701, kUuid = 2950 };

class Array {
 public:
  explicit Array(Type element) : element_(element) {}

  void integer(const std::optional<std::int64_t>& value);
  void text(std::string_view value);  // as storable_text() makes it
  void bytes(std::string_view value);
  void uuid(const base::Uuid& value);

 private:
  friend class Params;
  void put(std::string_view value);

  Type element_;
  std::int32_t count_ = 0;
  bool has_null_ = false;
  std::string body_;
};

class Params {
 public:
  Params& integer(const std::optional<std::int64_t>& value);
  Params& time(base::WallTime value);  // microseconds since the epoch
  Params& time(const std::optional<base::WallTime>& value);
  Params& text(std::string_view value);  // as storable_text() makes it
  Params& bytes(std::string_view value);
  Params& null_or_bytes(std::string_view value);  // null if it is empty
  Params& real(double value);
  Params& boolean(bool value);
  Params& uuid(const base::Uuid& value);
  Params& array(const Array& value);

  std::size_t size() const { return values_.size(); }
  std::uint32_t type(std::size_t i) const { return types_[i]; }
  const std::optional<std::string>& value(std::size_t i) const { return values_[i]; }

 private:
  Params& put(Type type, std::optional<std::string> value);

  std::vector<std::uint32_t> types_;
  std::vector<std::optional<std::string>> values_;
};

}  // namespace pointsman::ledger_postgres
