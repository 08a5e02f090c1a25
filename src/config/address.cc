#include "config/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace pointsman::config {
namespace {

constexpr std::size_t kMaxHost = 253;  // RFC 1035, section 2.3.4

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > kMaxHost || host.front() == '-' || host.front() == '.') return false;
  if (host.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(host, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_ipv6(std::string_view host) {
  if (host.size() < 2 || host.size() > 45 || std::ranges::count(host, ':') < 2) return false;
  return std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
  });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

struct Split {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
  bool bracketed = false;
};

std::optional<Split> split(std::string_view text) {
  Split out;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    out.host = text.substr(1, close - 1);
    out.bracketed = true;
    text.remove_prefix(close + 1);
    if (text.empty()) return out;
    if (!text.starts_with(':')) return std::nullopt;
    out.port = text.substr(1);
    out.has_port = true;
    return out;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    out.host = text;
    return out;
  }
  out.host = text.substr(0, colon);
  out.port = text.substr(colon + 1);
  out.has_port = true;
  return out;
}

std::string host_text(const std::string& host) {
  return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

bool is_path(std::string_view path) {
  return std::ranges::all_of(
      path, [](char c) { return is_alphanumeric(c) || std::string_view("/-._~%!$&'()*+,;=:@").contains(c); });
}

}  // namespace

bool Address::is_loopback() const {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string Address::to_string() const {
  return fmt::format("{}:{}", host_text(host), port);
}

std::expected<Address, std::string> Address::parse(std::string_view text) {
  const auto wrong = [] {
    return std::unexpected(std::string("is not an address; write host:port such as 127.0.0.1:8080 or [::1]:8080"));
  };
  const std::optional<Split> parts = split(text);
  if (!parts || !parts->has_port) return wrong();
  const std::optional<std::uint16_t> port = parse_port(parts->port);
  if (!port) return std::unexpected(std::string("has no valid port; write a number from 0 to 65535 after the colon"));
  if (parts->host.empty() && !parts->bracketed) return Address{"127.0.0.1", *port};
  if (parts->bracketed ? !is_ipv6(parts->host) : !is_host_name(parts->host)) return wrong();
  return Address{std::string(parts->host), *port};
}

std::string Url::to_string() const {
  if (empty()) return "";
  const std::uint16_t own = tls ? 443 : 80;
  const std::string scheme = tls ? "https://" : "http://";
  if (address.port == own) return scheme + host_text(address.host) + path;
  return scheme + address.to_string() + path;
}

std::expected<Url, std::string> Url::parse(std::string_view text) {
  Url url;
  if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    url.tls = false;
    text.remove_prefix(7);
  } else {
    return std::unexpected(std::string("is not an http or https URL; write https://host/path"));
  }
  if (text.find_first_of("?#") != std::string_view::npos) {
    return std::unexpected(std::string("must not have a query or fragment; end the URL before '?' or '#'"));
  }
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string_view authority = text.substr(0, slash);
  std::string_view path = text.substr(slash);
  if (authority.contains('@')) {
    return std::unexpected(std::string("must not contain a user or password; put the key in api_key"));
  }
  const std::optional<Split> parts = split(authority);
  if (!parts || (parts->bracketed ? !is_ipv6(parts->host) : !is_host_name(parts->host))) {
    return std::unexpected(std::string("has no valid host; write https://host/path"));
  }
  const std::optional<std::uint16_t> port =
      parts->has_port ? parse_port(parts->port) : std::optional<std::uint16_t>(url.tls ? 443 : 80);
  if (!port || *port == 0) return std::unexpected(std::string("has no valid port; write a number from 1 to 65535"));
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!is_path(path)) return std::unexpected(std::string("has characters a URL path cannot hold; percent-encode them"));
  url.address = {std::string(parts->host), *port};
  url.path = path;
  return url;
}

}  // namespace pointsman::config
