// Ids as the bytes of a column, and back.
// Pure.
#pragma once

#include <cstring>
#include <string_view>

#include "base/uuid.h"
#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

// Valid as long as the id.
inline std::string_view view(const base::Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

// kCorrupt if the column does not hold 16 bytes.
inline base::Result<base::Uuid> read_uuid(const Statement& row, int column) {
  const std::string_view bytes = row.bytes(column);
  base::Uuid id;
  if (bytes.size() != id.bytes.size()) return base::fail(base::ErrorCode::kCorrupt, "an id does not have 16 bytes");
  std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  return id;
}

}  // namespace pointsman::ledger_sqlite
