// Who is signed in: tokens of cookies as SHA-256, with the user and the end of each session.
//
// One per process, in memory: a restart signs everybody out. Safe from any thread; a look takes a map's time.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/hash.h"
#include "base/result.h"

namespace pointsman::admin {

struct Session {
  std::string user;
  base::WallTime expires{};
};

class SessionBook {
 public:
  static constexpr std::chrono::hours kLongest{12};
  static constexpr std::chrono::hours kIdle{1};
  static constexpr std::size_t kMost = 1000;  // beyond that the one that was idle longest ends

  // A new session; the token is what the cookie holds and is not kept. kIo where the kernel gives no random bytes.
  base::Result<std::string> open(std::string_view user, base::WallTime now);
  // The session of that token, which counts as used now; nothing if there is none, or it is over.
  std::optional<Session> find(std::string_view token, base::WallTime now);
  // The same without its counting as used.
  bool holds(std::string_view token, base::WallTime now) const;
  void close(std::string_view token);
  std::size_t size() const;

 private:
  struct Row {
    std::string user;
    base::WallTime until{};
    base::WallTime used{};
  };
  void drop_over(base::WallTime now);

  mutable std::mutex mutex_;
  std::map<base::Sha256, Row> rows_;
};

// The value of our cookie in a Cookie header; empty if it is not there, or there twice (RFC 6265, section 5.4).
std::string_view session_token(std::string_view cookies);
// The Set-Cookie line for a token; an empty one ends it.
std::string session_cookie(std::string_view token);

}  // namespace pointsman::admin
