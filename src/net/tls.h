// TLS contexts: one per purpose and configuration, made at start or reload, shared by all threads (read-only).
// A context is never changed after it was made.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace pointsman::net {

struct SslContextDeleter {
  void operator()(SSL_CTX* context) const;
};
using SslContext = std::shared_ptr<SSL_CTX>;

// TLS 1.2+, peer verification against the system's roots, or against `ca_file` when given. `verify` false is for tests
// and says so in the log.
base::Result<SslContext> make_client_tls(const std::string& ca_file, bool verify);
// TLS 1.2+ with that certificate chain and key (PEM).
base::Result<SslContext> make_server_tls(const std::string& certificate_file, const std::string& key_file);

}  // namespace pointsman::net
