#include "courier/target.h"

#include <algorithm>

#include "webhook/public_address.h"

namespace pointsman::courier {

base::Result<Target> make_target(const config::WebhookConfig& config, const net::SslContext& tls) {
  const auto wrong = [&](const std::string& what) {
    return base::fail(base::ErrorCode::kInvalidArgument, "webhook '" + config.name + "': " + what);
  };
  auto key = webhook::SigningKey::parse(config.secret);
  if (!key) return wrong("the secret " + key.error().message());
  if (!config.allow_private) {
    if (!config.url.tls) return wrong("its URL is not https");
    if (const auto why = webhook::why_host_is_not_public(config.url.address.host)) return wrong("its host " + *why);
  }
  Target out;
  out.name = config.name;
  out.endpoint = {config.url.address.host, config.url.address.port, config.url.tls ? tls : nullptr};
  const bool v6 = config.url.address.host.contains(':');
  out.host = v6 ? "[" + config.url.address.host + "]" : config.url.address.host;
  if (config.url.address.port != (config.url.tls ? 443 : 80)) out.host += ":" + std::to_string(config.url.address.port);
  out.path = config.url.path.empty() ? "/" : config.url.path;
  out.key = std::move(*key);
  out.only_public = !config.allow_private;
  return out;
}

bool is_public(const net::asio::ip::address& address) {
  webhook::IpAddress out;
  if (address.is_v4()) {
    std::ranges::copy(address.to_v4().to_bytes(), out.bytes.begin());
    return webhook::is_public_address(out);
  }
  if (address.to_v6().scope_id() != 0) return false;
  out.v6 = true;
  std::ranges::copy(address.to_v6().to_bytes(), out.bytes.begin());
  return webhook::is_public_address(out);
}

}  // namespace pointsman::courier
