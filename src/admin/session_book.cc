#include "admin/session_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/kernel_random.h"

namespace pointsman::admin {
namespace {

constexpr std::string_view kName = "__Host-pointsman";
constexpr std::size_t kTokenBytes = 32;

}  // namespace

base::Result<std::string> SessionBook::open(std::string_view user, base::WallTime now) {
  std::array<unsigned char, kTokenBytes> bytes{};
  PM_CHECK(base::fill_from_kernel(bytes));
  const std::string token = base::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const std::scoped_lock lock(mutex_);
  drop_over(now);
  if (rows_.size() >= kMost) {
    rows_.erase(std::ranges::min_element(rows_, {}, [](const auto& row) { return row.second.used; }));
  }
  rows_.emplace(base::sha256(token), Row{std::string(user), now + kLongest, now});
  return token;
}

std::optional<Session> SessionBook::find(std::string_view token, base::WallTime now) {
  if (token.size() != 2 * kTokenBytes) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  const auto found = rows_.find(base::sha256(token));
  if (found == rows_.end()) return std::nullopt;
  Row& row = found->second;
  if (now >= row.until || now >= row.used + kIdle) {
    rows_.erase(found);
    return std::nullopt;
  }
  row.used = std::max(row.used, now);
  return Session{.user = row.user, .expires = std::min<base::WallTime>(row.until, row.used + kIdle)};
}

bool SessionBook::holds(std::string_view token, base::WallTime now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = rows_.find(base::sha256(token));
  return found != rows_.end() && now < found->second.until && now < found->second.used + kIdle;
}

void SessionBook::close(std::string_view token) {
  const std::scoped_lock lock(mutex_);
  rows_.erase(base::sha256(token));
}

std::size_t SessionBook::size() const {
  const std::scoped_lock lock(mutex_);
  return rows_.size();
}

void SessionBook::drop_over(base::WallTime now) {
  std::erase_if(rows_, [now](const auto& row) { return now >= row.second.until || now >= row.second.used + kIdle; });
}

std::string_view session_token(std::string_view cookies) {
  std::string_view found;
  while (!cookies.empty()) {
    std::string_view one = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(one.size() + 1, cookies.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (!one.starts_with(kName) || one.substr(kName.size(), 1) != "=") continue;
    if (!found.empty()) return {};
    found = one.substr(kName.size() + 1);
  }
  return found;
}

std::string session_cookie(std::string_view token) {
  const auto age = token.empty() ? 0 : std::chrono::seconds(SessionBook::kLongest).count();
  return fmt::format("set-cookie: {}={}; Path=/; Max-Age={}; HttpOnly; Secure; SameSite=Strict\r\n", kName, token, age);
}

}  // namespace pointsman::admin
