// A configured webhook, ready to be posted to: where it is, how it is signed, which addresses it may have.
// Immutable once made; any thread.
#pragma once

#include <string>

#include "config/config.h"
#include "net/checked_connect.h"
#include "webhook/signature.h"

namespace pointsman::courier {

struct Target {
  std::string name;
  net::Endpoint endpoint;
  std::string host;  // value of the Host field
  std::string path;
  webhook::SigningKey key;
  bool only_public = true;  // addresses (webhook/public_address.h)
};

// `tls` is what https URLs use. kInvalidArgument, saying what is wrong, for what the configuration's check refuses,
// too.
base::Result<Target> make_target(const config::WebhookConfig& config, const net::SslContext& tls);

// webhook::is_public_address for what Asio resolved.
bool is_public(const net::asio::ip::address& address);

}  // namespace pointsman::courier
