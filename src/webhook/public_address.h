// Which addresses belong to the public internet: what webhooks may be sent to unless the configuration says otherwise.
//
// Pure functions, usable from any thread. A URL that somebody else chose, or a name whose owner changes its address,
// must not make the gateway knock at doors that only it can reach: its own host, the network around it, a cloud's
// metadata service (server-side request forgery).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pointsman::webhook {

// In network order; an IPv4 address has the first four bytes.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool v6 = false;
  bool operator==(const IpAddress&) const = default;
};

// Four decimal numbers without leading zeros, or IPv6 by RFC 4291 section 2.2, without brackets and zone. Nothing for
// the spellings that only inet_aton knows (octal, hexadecimal, fewer than four parts).
std::optional<IpAddress> parse_ip(std::string_view text);

// False for every block of IANA's special-purpose registries (RFC 6890 and its updates) that the public internet does
// not carry or that leads elsewhere: loopback, private, link-local, shared (CGNAT), benchmarking, documentation,
// multicast, reserved, broadcast, unique-local; and for addresses that hold an IPv4 one (mapped, compatible, NAT64,
// 6to4, Teredo), whatever they hold, because who translates them is not known.
bool is_public_address(const IpAddress& address);

// Why that host of a URL cannot be a public one, before it is looked up: a literal address that is not public, an
// address in a spelling that programs read differently, a name that means the machine or its network. Nothing if the
// name may be public: then its addresses decide.
std::optional<std::string> why_host_is_not_public(std::string_view host);

}  // namespace pointsman::webhook
