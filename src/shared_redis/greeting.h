// What is said first on a new connection, and what Redis's answers mean: who we are, which database, and whether the
// server may be used at all.
//
// Sans I/O. Speaks RESP3 and falls back to RESP2 where HELLO is not known (a proxy). Of a cluster's redirections MOVED
// is followed, for all our keys lie in one slot; ASK and TRYAGAIN are not: while a slot moves its operations fail.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "shared_redis/resp_commands.h"
#include "shared_redis/resp_value.h"

namespace pointsman::shared_redis {

enum class Version : std::uint8_t { kResp3, kResp2 };

// The commands, in order: all are sent at once.
RespCommands greeting(const config::RedisConfig& config, Version version);
// What a reply to one of them says. Nothing: go on. kUnsupported: RESP2 may be spoken. Other errors: no use, and the
// message holds nothing that was sent.
base::Result<void> greeting_answer(const RespValue& reply);

// Errors of any operation after which the connection is of no use, since another server has to be asked: it is a copy
// now, or loads, or its cluster is down.
bool breaks_connection(const RespValue& reply);

struct Redirection {
  std::string host;  // empty: the same
  std::uint16_t port = 0;
  bool operator==(const Redirection&) const = default;
};
// Nothing if it is not MOVED.
std::optional<Redirection> redirection(const RespValue& reply);

}  // namespace pointsman::shared_redis
