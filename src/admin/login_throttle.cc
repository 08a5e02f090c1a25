#include "admin/login_throttle.h"

#include <algorithm>

namespace pointsman::admin {
namespace {

constexpr std::size_t kLongestName = 128;

std::string of_user(std::string_view user) {
  return "user " + std::string(user.substr(0, kLongestName));
}
std::string of_peer(std::string_view peer) {
  return "from " + std::string(peer.substr(0, kLongestName));
}

}  // namespace

base::Duration LoginThrottle::wait(std::string_view user, std::string_view peer, base::MonoTime now) const {
  return std::max(wait(of_user(user), now), wait(of_peer(peer), now));
}

base::Duration LoginThrottle::wait(const std::string& name, base::MonoTime now) const {
  const auto found = rows_.find(name);
  if (found == rows_.end() || found->second.wrong < kFree) return {};
  const int doublings = std::min(found->second.wrong - kFree, 6);
  const base::Duration pause = std::min<base::Duration>(std::chrono::seconds(1) * (1 << doublings), kLongest);
  return std::max(base::Duration::zero(), found->second.last + pause - now);
}

void LoginThrottle::failed(std::string_view user, std::string_view peer, base::MonoTime now) {
  if (rows_.size() + 2 > kMost) {
    std::erase_if(rows_, [now](const auto& row) { return now - row.second.last >= kForgotten; });
  }
  while (rows_.size() + 2 > kMost) {
    rows_.erase(std::ranges::min_element(rows_, {}, [](const auto& row) { return row.second.last; }));
  }
  note(of_user(user), now);
  note(of_peer(peer), now);
}

void LoginThrottle::note(std::string name, base::MonoTime now) {
  Row& row = rows_[std::move(name)];
  if (now - row.last >= kForgotten) row.wrong = 0;
  ++row.wrong;
  row.last = now;
}

void LoginThrottle::succeeded(std::string_view user, std::string_view peer) {
  rows_.erase(of_user(user));
  rows_.erase(of_peer(peer));
}

}  // namespace pointsman::admin
