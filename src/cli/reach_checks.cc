#include "cli/reach_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

#include "cli/http_probe.h"
#include "cli/text_format.h"
#include "courier/span_target.h"
#include "http/write.h"

namespace pointsman::cli {
namespace {

using enum HealthState;
using base::ErrorCode;

constexpr courier::PostLimits kPatience{.connect = std::chrono::seconds(3), .total = std::chrono::seconds(8)};

std::string hint_for(const base::Error& error, const net::Endpoint& endpoint) {
  switch (error.code()) {
    case ErrorCode::kTimeout:
      return fmt::format("see that this machine may connect to {} port {}: a firewall that drops packets looks so",
                         endpoint.host, endpoint.port);
    case ErrorCode::kConnect:
      return fmt::format(
          "see that the name {} resolves here, that port {} is open, and that the certificate is one "
          "that is trusted here (ca_file)",
          endpoint.host, endpoint.port);
    default:
      return "see that its base_url is that of an HTTP API";
  }
}

std::string fields_of(const upstream::Provider& provider) {
  std::string out(provider.fields.reveal());
  if (!provider.version.empty()) (void)http::append_field(out, "anthropic-version", provider.version);
  return out;
}

// More than this between two clocks is more than a network can explain.
constexpr std::chrono::seconds kSkew{60};

void compare_clocks(const std::string& date, base::WallTime now, HealthItems& out) {
  const auto theirs = parse_http_date(date);
  const bool told = std::ranges::any_of(out, [](const HealthItem& one) { return one.what == "clock"; });
  if (!theirs || told) return;
  const auto apart = std::chrono::abs(std::chrono::floor<std::chrono::seconds>(now) - *theirs);
  if (apart <= kSkew) return;
  out.push_back(
      {"clock", kWarn,
       fmt::format("it differs by {} s from a provider's", std::chrono::floor<std::chrono::seconds>(apart).count()),
       "have it kept by chrony, ntpd or systemd-timesyncd"});
}

enum class Port : std::uint8_t { kFree, kTaken, kForbidden, kNotHere };

struct Tried {
  Port port = Port::kFree;
  std::string why;
};

Tried try_port(const config::Address& address) {
  ::addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  ::addrinfo* found = nullptr;
  const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(address.port).c_str(), &wanted, &found);
  if (failed != 0) return {Port::kNotHere, ::gai_strerror(failed)};
  const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // connections of before do not count
  const bool bound = ::bind(socket, found->ai_addr, found->ai_addrlen) == 0 && ::listen(socket, 1) == 0;
  const int number = errno;
  ::close(socket);
  ::freeaddrinfo(found);
  if (bound) return {};
  const Port port = number == EADDRINUSE ? Port::kTaken : number == EACCES ? Port::kForbidden : Port::kNotHere;
  return {port, std::strerror(number)};
}

bool is_pointsman(const config::Address& address) {
  const bool any = address.host == "0.0.0.0" || address.host == "::";
  const net::Endpoint endpoint{any ? "127.0.0.1" : address.host, address.port, nullptr};
  courier::PostLimits limits = kPatience;
  limits.body = std::size_t{64} << 10;
  const auto probed = probe({.endpoint = endpoint, .host = "localhost", .path = "/metrics"}, limits);
  return probed && probed->answer.body.contains("pointsman_build_info");
}

HealthItem check_port(const config::Address& address, bool tls) {
  const Tried tried = try_port(address);
  const std::string shown = address.to_string();
  switch (tried.port) {
    case Port::kFree:
      return {"port", kOk, shown + " is free", ""};
    case Port::kTaken:
      if (tls) return {"port", kWarn, shown + " is in use", "see that it is a Pointsman which has it"};
      if (is_pointsman(address)) return {"port", kOk, shown + " is served by a Pointsman", ""};
      return {"port", kBad, shown + " is in use by another program",
              fmt::format("`ss -ltnp 'sport = :{}'` names it; end it, or choose another port", address.port)};
    case Port::kForbidden:
      return {"port", kBad, shown + " may not be listened on by this user",
              "choose a port from 1024 on, or give the program CAP_NET_BIND_SERVICE"};
    case Port::kNotHere:
      break;
  }
  return {"port", kBad, fmt::format("{} cannot be listened on: {}", shown, tried.why),
          "write an address that this machine has, such as 127.0.0.1 or 0.0.0.0"};
}

}  // namespace

std::optional<base::WallTime> parse_http_date(const std::string& text) {
  std::istringstream in(text);
  in.imbue(std::locale::classic());
  std::tm parts{};
  in >> std::get_time(&parts, "%a, %d %b %Y %H:%M:%S GMT");
  if (in.fail()) return std::nullopt;
  return base::WallTime(std::chrono::seconds(::timegm(&parts)));
}

HealthItem judge_provider(std::string_view name, int status, std::chrono::milliseconds took) {
  const std::string what = "provider " + printable(name);
  const std::string answered = fmt::format("it answers {} in {} ms", status, took.count());
  if (status >= 200 && status < 300)
    return {what, kOk, fmt::format("reached in {} ms, the key is good", took.count()), ""};
  if (status == 401 || status == 403) {
    return {what, kBad, fmt::format("it refuses the key ({})", status),
            fmt::format("set providers.{}.api_key to a key that is valid there", printable(name))};
  }
  if (status == 429) return {what, kWarn, answered + ": too many requests", "wait, or ask it for a higher limit"};
  if (status == 404 || status == 405) {
    return {what, kWarn, answered + " for its list of models, which not every API has",
            "if requests fail with 404, too, see that base_url ends where /chat/completions or /messages begins"};
  }
  if (status >= 500) return {what, kBad, answered, "it is in trouble; its status page may say more"};
  return {what, kWarn, answered, "see that its base_url is that of the API"};
}

HealthItems check_providers(const gateway::Snapshot& snapshot, base::WallTime now) {
  HealthItems out;
  for (const upstream::Provider& one : snapshot.providers) {
    const net::Endpoint& endpoint = one.target->endpoint;
    const std::string fields = fields_of(one);
    const std::string path = one.prefix + "/models";
    const auto probed = probe({.endpoint = endpoint, .host = one.host, .path = path, .fields = fields}, kPatience);
    if (!probed) {
      out.push_back({"provider " + printable(one.name), kBad, printable(probed.error().message(), 200),
                     hint_for(probed.error(), endpoint)});
      continue;
    }
    out.push_back(judge_provider(one.name, probed->answer.status, probed->took));
    compare_clocks(probed->answer.date, now, out);
  }
  return out;
}

namespace {

// 7 of "7.2.4"; nothing for what is no version.
std::optional<int> major_of(std::string_view version) {
  int out = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), out);
  return error == std::errc() ? std::optional(out) : std::nullopt;
}

// What is wrong with the connection, in the order in which it would be found.
HealthItem redis_fails(const config::RedisConfig& redis, const base::Error& error) {
  const std::string address = redis.address.to_string();
  const std::string text =
      printable(error.message().contains(address) ? error.message() : address + ": " + error.message(), 300);
  if (error.code() == ErrorCode::kUnauthorized) {
    return {"redis", kBad, text, "set shared.redis.username and password to a user that Redis knows"};
  }
  const std::string tls = redis.tls ? "speaks TLS there, with a certificate that is trusted here (shared.redis.ca_file)"
                                    : "speaks no TLS there (shared.redis.tls)";
  return {"redis", kBad, text,
          "see that Redis runs, that this machine may connect to it, and that it " + tls +
              "; until then each replica keeps to its share"};
}

}  // namespace

HealthItem judge_redis(const config::RedisConfig& redis, const shared_redis::Examination& found) {
  constexpr int kOldest = 7;
  const std::string version = found.version.empty() ? "of an unknown version" : printable(found.version);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(found.took);
  const std::string text = fmt::format("{} ({}{}) answers in {} ms", printable(redis.address.to_string()), version,
                                       redis.tls ? ", TLS" : "", ms.count());
  if (!found.forbidden.empty()) {
    return {"redis", kBad, fmt::format("{}, and forbids {}", text, fmt::join(found.forbidden, ", ")),
            "give its user the rights that docs/redis.md lists"};
  }
  if (!found.failed.empty()) return {"redis", kBad, printable(text + ", but " + found.failed.front(), 300), ""};
  if (found.role == "replica" || found.role == "slave") {
    return {"redis", kBad, text + ", and is a read-only copy", "set shared.redis.address to the primary's"};
  }
  if (major_of(found.version).value_or(kOldest) < kOldest) {
    return {"redis", kWarn, text, "take Redis 7 or newer: with older ones nothing was tried"};
  }
  if (found.took >= redis.timeout) {
    return {"redis", kWarn, text + ", which is longer than shared.redis.timeout",
            "put it nearer, or set a longer timeout: what is late counts as lost"};
  }
  return {"redis", kOk, text, ""};
}

HealthItems check_redis(const config::SharedConfig& shared) {
  if (!shared.redis) return {};
  const auto found = shared_redis::examine(*shared.redis, std::chrono::seconds(3));
  return {found ? judge_redis(*shared.redis, *found) : redis_fails(*shared.redis, found.error())};
}

HealthItems check_collector(const config::TelemetryConfig& telemetry) {
  if (!telemetry.otlp) return {};
  const auto target = courier::make_span_target(*telemetry.otlp);
  if (!target) return {{"traces", kBad, target.error().message(), "see telemetry.otlp"}};
  const auto probed = probe({.endpoint = target->endpoint,
                             .host = target->host,
                             .method = "POST",
                             .path = target->path,
                             .fields = target->fields.reveal(),
                             .body = R"({"resourceSpans":[]})"},
                            kPatience);
  if (!probed) {
    return {{"traces", kWarn, printable(probed.error().message(), 200),
             "see that a collector listens there with OTLP over HTTP (usually port 4318); requests do not suffer"}};
  }
  const int status = probed->answer.status;
  if (status >= 200 && status < 300) {
    return {{"traces", kOk, fmt::format("the collector answers in {} ms", probed->took.count()), ""}};
  }
  return {{"traces", kWarn, fmt::format("the collector answers {}", status),
           status == 401 || status == 403 ? "set telemetry.otlp.headers to what it wants"
                                          : "see that endpoint is its OTLP/HTTP address, and that it takes JSON"}};
}

HealthItems check_ports(const config::Config& config) {
  HealthItems out;
  for (const config::ListenerConfig& one : config.listeners) {
    if (one.address.port != 0) out.push_back(check_port(one.address, one.tls.has_value()));
  }
  if (config.admin && config.admin->address.port != 0) out.push_back(check_port(config.admin->address, false));
  return out;
}

}  // namespace pointsman::cli
