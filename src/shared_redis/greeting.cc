#include "shared_redis/greeting.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace pointsman::shared_redis {
namespace {

using base::ErrorCode;

constexpr std::string_view kDefaultUser = "default";

}  // namespace

RespCommands greeting(const config::RedisConfig& config, Version version) {
  RespCommands out;
  const std::string_view user = config.username.empty() ? kDefaultUser : std::string_view(config.username);
  const bool named = !config.password.empty();
  if (version == Version::kResp3) {
    std::vector<std::string_view> words{"HELLO", "3"};
    if (named) words.insert(words.end(), {"AUTH", user, config.password.reveal()});
    out.add(words);
  } else if (named && config.username.empty()) {
    out.add({"AUTH", config.password.reveal()});
  } else if (named) {
    out.add({"AUTH", user, config.password.reveal()});
  }
  if (config.database != 0) out.add({"SELECT", std::to_string(config.database)});
  // Also says that what came before was heard where nothing else was said.
  if (version == Version::kResp2) out.add({"PING"});
  return out;
}

base::Result<void> greeting_answer(const RespValue& reply) {
  if (!reply.is(RespValue::Kind::kError)) return {};
  const std::string_view code = reply.error_code();
  if (code == "NOPROTO" || reply.text.starts_with("ERR unknown command")) {
    return base::fail(ErrorCode::kUnsupported, "Redis does not know HELLO 3", base::Origin::kUpstream);
  }
  if (code == "WRONGPASS" || code == "NOAUTH" || code == "NOPERM") {
    return base::fail(ErrorCode::kUnauthorized,
                      "Redis does not take the username and password (" + std::string(code) + ")",
                      base::Origin::kUpstream);
  }
  return base::fail(ErrorCode::kConnect, "Redis: " + reply.text.substr(0, 200), base::Origin::kUpstream);
}

bool breaks_connection(const RespValue& reply) {
  constexpr std::array<std::string_view, 5> kCodes = {"READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOAUTH"};
  return std::ranges::find(kCodes, reply.error_code()) != kCodes.end() || redirection(reply).has_value();
}

std::optional<Redirection> redirection(const RespValue& reply) {
  if (reply.error_code() != "MOVED") return std::nullopt;
  const std::string_view text = reply.text;
  const std::size_t last = text.rfind(' ');
  const std::string_view address = text.substr(last + 1);
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Redirection to;
  const std::string_view port = address.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), to.port);
  if (error != std::errc() || end != port.data() + port.size() || to.port == 0) return std::nullopt;
  to.host = address.substr(0, colon);
  if (to.host == "?") to.host.clear();
  return to;
}

}  // namespace pointsman::shared_redis
