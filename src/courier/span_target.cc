#include "courier/span_target.h"

#include "http/write.h"
#include "net/tls.h"

namespace pointsman::courier {

using base::ErrorCode;

namespace {

constexpr std::string_view kPath = "/v1/traces";

}  // namespace

base::Result<SpanTarget> make_span_target(const config::OtlpConfig& config) {
  const config::Url& url = config.endpoint;
  net::SslContext tls;
  if (url.tls) {
    PM_TRY(tls, net::make_client_tls(config.ca_file, true));
  }
  SpanTarget out;
  out.endpoint = {url.address.host, url.address.port, std::move(tls)};
  out.host = url.address.host.contains(':') ? "[" + url.address.host + "]" : url.address.host;
  if (url.address.port != (url.tls ? 443 : 80)) out.host += ":" + std::to_string(url.address.port);
  out.path = url.path;
  if (!out.path.ends_with(kPath)) out.path += kPath;
  std::string fields;
  for (const config::Header& one : config.headers) {
    if (http::append_field(fields, one.name, one.value.reveal())) continue;
    return base::fail(ErrorCode::kInvalidArgument, "telemetry.otlp: the header '" + one.name + "' has no valid value");
  }
  std::string line;
  if (!http::append_request_start(line, "POST", out.path, out.host)) {
    return base::fail(ErrorCode::kInvalidArgument, "telemetry.otlp: its endpoint makes no valid request");
  }
  out.fields = base::Secret(std::move(fields));
  return out;
}

}  // namespace pointsman::courier
