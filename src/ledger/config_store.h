// The seam to whatever keeps the configuration that several replicas serve by: every document that was ever put there,
// the newest of which counts.
//
// Implementations are used from one thread at a time, never from an event loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace pointsman::ledger {

struct ConfigDocument {
  std::int64_t number = 0;  // 1 is the first
  base::WallTime at{};
  std::string who;
  std::string text;  // as it was written, with ${NAME} in place of secrets
};

class ConfigStore {
 public:
  virtual ~ConfigStore() = default;

  // Survives a power cut as far as the database does once this has returned; replicas are told. The new one's number.
  // One that is the newest already is not put again.
  virtual base::Result<std::int64_t> put(const ConfigDocument& document) = 0;
  // Nothing where none was ever put.
  virtual base::Result<std::optional<ConfigDocument>> newest() = 0;
  // kNotFound
  virtual base::Result<ConfigDocument> find(std::int64_t number) = 0;
  // Without their texts, the newest first.
  virtual base::Result<std::vector<ConfigDocument>> list(std::size_t limit) = 0;
};

}  // namespace pointsman::ledger
