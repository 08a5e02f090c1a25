// Where to listen and where to send: `host:port` and base URLs.
// Plain values, checked when they are read.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace pointsman::config {

// A host name, IPv4 or IPv6 address (without brackets) and a port.
struct Address {
  std::string host;
  std::uint16_t port = 0;

  auto operator<=>(const Address&) const = default;
  bool is_loopback() const;
  std::string to_string() const;  // "127.0.0.1:8080", "[::1]:8080"
  // Reads "host:port", "[v6]:port" or ":port" (loopback); the error says what is wrong and what to write instead.
  static std::expected<Address, std::string> parse(std::string_view text);
};

// An http or https base URL without user, query or fragment; `path` has no slash at its end and may be empty.
struct Url {
  bool tls = true;
  Address address;
  std::string path;

  auto operator<=>(const Url&) const = default;
  bool empty() const { return address.host.empty(); }
  std::string to_string() const;  // the port is left out when it is the scheme's own
  static std::expected<Url, std::string> parse(std::string_view text);
};

}  // namespace pointsman::config
