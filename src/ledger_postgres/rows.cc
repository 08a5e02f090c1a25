#include "ledger_postgres/rows.h"

#include <bit>
#include <charconv>
#include <cstring>

#include "ledger_postgres/libpq.h"

namespace pointsman::ledger_postgres {

void Rows::Clear::operator()(pg_result* result) const {
  libpq().PQclear(result);
}

std::size_t Rows::size() const {
  return result_ ? static_cast<std::size_t>(libpq().PQntuples(result_.get())) : 0;
}

std::uint64_t Rows::changed() const {
  std::uint64_t rows = 0;
  if (!result_) return rows;
  const std::string_view text = libpq().PQcmdTuples(result_.get());
  std::from_chars(text.data(), text.data() + text.size(), rows);
  return rows;
}

std::string_view Rows::bytes(std::size_t row, int column) const {
  if (row >= size() || column < 0 || column >= libpq().PQnfields(result_.get())) return {};
  const int at = static_cast<int>(row);
  const int length = libpq().PQgetlength(result_.get(), at, column);
  return {libpq().PQgetvalue(result_.get(), at, column), static_cast<std::size_t>(length)};
}

bool Rows::is_null(std::size_t row, int column) const {
  if (row >= size() || column < 0 || column >= libpq().PQnfields(result_.get())) return true;
  return libpq().PQgetisnull(result_.get(), static_cast<int>(row), column) != 0;
}

std::int64_t Rows::integer(std::size_t row, int column) const {
  const std::string_view value = bytes(row, column);
  if (value.empty() || value.size() > 8) return 0;
  // The sign is in the first byte.
  std::uint64_t out = (value.front() & 0x80) != 0 && value.size() > 1 ? ~std::uint64_t{0} : 0;
  for (const char byte : value) out = out << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(out);
}

std::optional<std::int64_t> Rows::optional_integer(std::size_t row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return integer(row, column);
}

double Rows::real(std::size_t row, int column) const {
  return bytes(row, column).size() == sizeof(double) ? std::bit_cast<double>(integer(row, column)) : 0;
}

base::WallTime Rows::time(std::size_t row, int column) const {
  return base::WallTime(std::chrono::microseconds(integer(row, column)));
}

std::optional<base::WallTime> Rows::optional_time(std::size_t row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return time(row, column);
}

base::Result<base::Uuid> Rows::uuid(std::size_t row, int column) const {
  const std::string_view value = bytes(row, column);
  base::Uuid id;
  if (value.size() != id.bytes.size()) return base::fail(base::ErrorCode::kCorrupt, "an id does not have 16 bytes");
  std::memcpy(id.bytes.data(), value.data(), value.size());
  return id;
}

}  // namespace pointsman::ledger_postgres
