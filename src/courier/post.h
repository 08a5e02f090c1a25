// One attempt to deliver an event: a connection of its own, a signed POST, the head of the answer.
//
// On one loop. Bounded in time (connecting, and the whole) and in what is read; redirects are not followed, and nothing
// of the answer but its status and its Retry-After has any effect.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "courier/target.h"

namespace pointsman::courier {

struct PostLimits {
  base::Duration connect = std::chrono::seconds(2);  // name, TCP and TLS
  base::Duration total = std::chrono::seconds(10);
  std::size_t body = 2'048;  // of the answer; the rest is left unread
};

struct PostAnswer {
  int status = 0;
  std::optional<base::Duration> retry_after;
  std::string body;  // its beginning, as the receiver wrote it: hostile text
};

// Fails with kForbidden (the host's addresses), kConnect, kTimeout, kReset, kParse or kCancelled. `target` and `cancel`
// outlive the call.
net::Awaitable<base::Result<PostAnswer>> post(net::Loop& loop, net::Resolver& resolver, const Target& target,
                                              std::string id, std::string body, base::WallTime now,
                                              net::CancelToken& cancel, PostLimits limits = {});

}  // namespace pointsman::courier
