#include "cli/own_url.h"

namespace pointsman::cli {

config::Url own_url(const config::Config& config) {
  const config::ListenerConfig& first = config.listeners.front();
  config::Url out{.tls = !config.admin && first.tls.has_value(),
                  .address = config.admin ? config.admin->address : first.address};
  if (out.address.host == "0.0.0.0") out.address.host = "127.0.0.1";
  if (out.address.host == "::") out.address.host = "::1";
  return out;
}

}  // namespace pointsman::cli
