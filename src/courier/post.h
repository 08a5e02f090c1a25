// One attempt to deliver something: a connection of its own, a POST, the head of the answer and its beginning.
//
// On one loop. Bounded in time (connecting, and the whole) and in what is read; redirects are not followed, and of an
// event's answer nothing but its status and its Retry-After has any effect.
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
  std::string date;  // when it says that it answered, as it wrote it
  std::string body;  // its beginning, as the receiver wrote it: hostile text
};

// What is posted, and where. The head is a whole request's.
struct Parcel {
  const net::Endpoint& endpoint;
  net::AddressCheck may_use = nullptr;  // null: every address may be connected to
  std::string_view head;
  std::string_view body;
};
// What it refers to outlives the call. Fails with kForbidden (the host's addresses), kConnect, kTimeout, kReset, kParse
// or kCancelled.
net::Awaitable<base::Result<PostAnswer>> post_parcel(net::Loop& loop, net::Resolver& resolver, Parcel parcel,
                                                     net::CancelToken& cancel, PostLimits limits = {});

// A signed event. Fails with kForbidden (the host's addresses), kConnect, kTimeout, kReset, kParse or kCancelled.
// `target` and `cancel` outlive the call.
net::Awaitable<base::Result<PostAnswer>> post(net::Loop& loop, net::Resolver& resolver, const Target& target,
                                              std::string id, std::string body, base::WallTime now,
                                              net::CancelToken& cancel, PostLimits limits = {});

}  // namespace pointsman::courier
