// Whether a Redis is fit for what replicas do with it: reached, logged in to, of a version that knows the commands, and
// with the rights to use them. For `doctor`.
//
// Blocking, on an event loop of its own that ends with the call; from any thread. Leaves two keys behind for a second.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "shared_redis/resp_commands.h"
#include "shared_redis/resp_value.h"

namespace pointsman::shared_redis {

struct Examination {
  std::string version;                 // as it says; empty: it does not
  std::string role;                    // likewise: "master", "replica"
  std::vector<std::string> forbidden;  // commands that the user may not use
  std::vector<std::string> failed;     // "COMMAND: what is wrong", of the rest
  std::chrono::microseconds took{};    // all of the commands together
};

// Fails with kConnect, kTimeout or kReset where there is no connection, kUnauthorized where it is not let in. No
// message holds the password. MOVED is followed, as the gateway does.
base::Result<Examination> examine(const config::RedisConfig& config, std::chrono::milliseconds patience);

// Pure parts. The commands, in order, and what the replies to them mean.
RespCommands examination_commands(const config::RedisConfig& config);
void judge(const std::vector<RespValue>& replies, Examination& out);

}  // namespace pointsman::shared_redis
