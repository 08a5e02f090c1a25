#include "net/liveness.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>

namespace pointsman::net {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Between questions that nobody answers.
constexpr seconds kBetweenProbes{5};

void set(Socket& socket, int level, int name, int value) {
  (void)::setsockopt(socket.native_handle(), level, name, &value, sizeof(value));
}

}  // namespace

void find_when_gone(Socket& socket, base::Duration patience) {
  // The kernel looks at the limit only when it asks, so that it ends one question before the time is over.
  const auto limit = std::max(std::chrono::duration_cast<milliseconds>(patience - kBetweenProbes), milliseconds(1000));
  const auto first = std::max(std::chrono::duration_cast<seconds>(limit / 3), seconds(1));
  const auto questions = std::max<long>((limit - first) / kBetweenProbes, 1);
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(first.count()));
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(kBetweenProbes.count()));
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, static_cast<int>(std::min<long>(questions, 127)));
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(limit.count()));
}

}  // namespace pointsman::net
