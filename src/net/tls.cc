#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

#include "base/log.h"

namespace pointsman::net {
namespace {

std::string reason() {
  std::array<char, 200> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return text.data();
}

base::Result<SslContext> make_context(const SSL_METHOD* method) {
  ERR_clear_error();
  SslContext context(SSL_CTX_new(method), SslContextDeleter{});
  if (!context) return base::fail(base::ErrorCode::kInternal, "cannot make a TLS context: " + reason());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

int choose_http1(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                 unsigned int in_length, void*) {
  static constexpr unsigned char kHttp1[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kHttp1, sizeof kHttp1 - 1, in, in_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

void SslContextDeleter::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

base::Result<SslContext> make_client_tls(const std::string& ca_file, bool verify) {
  PM_TRY(SslContext context, make_context(TLS_client_method()));
  if (!verify) {
    base::log_warn("TLS: certificates of an upstream are NOT verified (verify: false)");
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    return context;
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                     : SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr);
  if (loaded != 1) {
    return base::fail(base::ErrorCode::kInvalidArgument, "cannot read certificate authorities from '" + ca_file + "': " + reason());
  }
  return context;
}

base::Result<SslContext> make_server_tls(const std::string& certificate_file, const std::string& key_file) {
  PM_TRY(SslContext context, make_context(TLS_server_method()));
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return base::fail(base::ErrorCode::kInvalidArgument, "cannot read the certificate '" + certificate_file + "': " + reason());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return base::fail(base::ErrorCode::kInvalidArgument, "cannot use the private key '" + key_file + "': " + reason());
  }
  SSL_CTX_set_alpn_select_cb(context.get(), choose_http1, nullptr);
  return context;
}

}  // namespace pointsman::net
