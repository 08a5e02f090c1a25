// What one replica tells of rates in one go, as bytes: node by node, with all changes of each.
//
//   version 1 | for each node: its 16 bytes, how many changes, and of each: kind << 7 | age, amount (zigzag varint)
//
// Pure. What is read came from outside: anything else than whole records with ages within a minute and amounts within
// the largest rate is kCorrupt, and nothing of it counts.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "limits/shared_rates.h"

namespace pointsman::shared_redis {

std::string write_rates(std::span<const limits::RateChange> changes);
base::Result<std::vector<limits::RateChange>> read_rates(std::string_view bytes);

}  // namespace pointsman::shared_redis
