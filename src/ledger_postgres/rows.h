// What a statement gave: rows of values in PostgreSQL's binary form, and how many rows it changed.
//
// Owns the answer; views into it hold as long as it lives. Any one thread at a time. Asking for a row or a column that
// is not there, or for a value as what it is not, gives an empty value.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/uuid.h"

struct pg_result;

namespace pointsman::ledger_postgres {

class Rows {
 public:
  Rows() = default;
  explicit Rows(pg_result* result) : result_(result) {}

  std::size_t size() const;
  bool empty() const { return size() == 0; }
  // By an INSERT, UPDATE or DELETE.
  std::uint64_t changed() const;

  bool is_null(std::size_t row, int column) const;
  // Of any type of integers; 0 for null.
  std::int64_t integer(std::size_t row, int column) const;
  std::optional<std::int64_t> optional_integer(std::size_t row, int column) const;
  double real(std::size_t row, int column) const;
  bool boolean(std::size_t row, int column) const { return integer(row, column) != 0; }
  base::WallTime time(std::size_t row, int column) const;
  std::optional<base::WallTime> optional_time(std::size_t row, int column) const;
  // Of texts too; empty for null.
  std::string_view bytes(std::size_t row, int column) const;
  std::string text(std::size_t row, int column) const { return std::string(bytes(row, column)); }
  // kCorrupt if the column does not hold 16 bytes.
  base::Result<base::Uuid> uuid(std::size_t row, int column) const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace pointsman::ledger_postgres
