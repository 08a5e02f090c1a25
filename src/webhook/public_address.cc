#include "webhook/public_address.h"

#include <algorithm>
#include <charconv>
#include <span>

namespace pointsman::webhook {
namespace {

// The first `bits` of an address.
struct Block {
  std::array<std::uint8_t, 16> bytes;
  unsigned bits;
};

constexpr std::array kRefusedV4 = {
    Block{{0}, 8},              // "this network"
    Block{{10}, 8},             // private, RFC 1918
    Block{{100, 64}, 10},       // shared address space (CGNAT), RFC 6598
    Block{{127}, 8},            // loopback
    Block{{169, 254}, 16},      // link-local, with the clouds' metadata services
    Block{{172, 16}, 12},       // private
    Block{{192, 0, 0}, 24},     // IETF protocol assignments
    Block{{192, 0, 2}, 24},     // documentation
    Block{{192, 31, 196}, 24},  // AS112, answered by whoever is near
    Block{{192, 52, 193}, 24},  // AMT relays
    Block{{192, 88, 99}, 24},   // 6to4 relays
    Block{{192, 168}, 16},      // private
    Block{{192, 175, 48}, 24},  // AS112
    Block{{198, 18}, 15},       // benchmarking, RFC 2544
    Block{{198, 51, 100}, 24},  // documentation
    Block{{203, 0, 113}, 24},   // documentation
    Block{{224}, 4},            // multicast
    Block{{240}, 4},            // reserved, and the broadcast address
};

// Inside of 2000::/3, the only part of IPv6 that is given out; all of the rest is refused.
constexpr std::array kRefusedV6 = {
    Block{{0x20, 0x01, 0x00}, 23},              // IETF protocol assignments: Teredo, ORCHID, benchmarking, ...
    Block{{0x20, 0x01, 0x0d, 0xb8}, 32},        // documentation
    Block{{0x20, 0x02}, 16},                    // 6to4
    Block{{0x26, 0x20, 0x00, 0x4f, 0x80}, 48},  // AS112
    Block{{0x3f, 0xfe}, 16},                    // the old 6bone, given back
    Block{{0x3f, 0xff}, 20},                    // documentation, RFC 9637
};
constexpr Block kGlobalUnicast = {{0x20}, 3};

bool in(const IpAddress& address, const Block& block) {
  const unsigned whole = block.bits / 8;
  if (!std::equal(block.bytes.begin(), block.bytes.begin() + whole, address.bytes.begin())) return false;
  const unsigned rest = block.bits % 8;
  return rest == 0 || (address.bytes[whole] ^ block.bytes[whole]) >> (8 - rest) == 0;
}

bool in_any(const IpAddress& address, std::span<const Block> blocks) {
  return std::ranges::any_of(blocks, [&](const Block& one) { return in(address, one); });
}

// Four decimal numbers into `out`.
bool parse_v4(std::string_view text, std::span<std::uint8_t, 4> out) {
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t dot = i < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos || dot == 0 || dot > 3) return false;
    const std::string_view part = text.substr(0, dot);
    if (part.size() > 1 && part.front() == '0') return false;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out[i]);
    if (error != std::errc() || end != part.data() + part.size()) return false;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return text.empty();
}

// Groups of up to four hexadecimal digits between colons, the last perhaps an IPv4 address: how many bytes of `out`
// they fill, nothing if they are no such groups.
std::optional<std::size_t> parse_groups(std::string_view text, std::span<std::uint8_t, 16> out) {
  std::size_t size = 0;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    if (colon == std::string_view::npos && part.contains('.')) {
      if (size > 12 || !parse_v4(part, std::span<std::uint8_t, 4>(out.data() + size, 4))) return std::nullopt;
      return size + 4;
    }
    std::uint16_t group = 0;
    if (part.empty() || part.size() > 4 || size > 14) return std::nullopt;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), group, 16);
    if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
    out[size++] = static_cast<std::uint8_t>(group >> 8);
    out[size++] = static_cast<std::uint8_t>(group & 0xff);
    if (colon == std::string_view::npos) return size;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;  // a colon at the end
  }
  return size;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  IpAddress out{{}, true};
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    return parse_groups(text, out.bytes) == 16 ? std::optional(out) : std::nullopt;
  }
  if (text.substr(0, gap).contains('.')) return std::nullopt;
  std::array<std::uint8_t, 16> tail{};
  const auto before = parse_groups(text.substr(0, gap), out.bytes);
  const auto after = parse_groups(text.substr(gap + 2), tail);
  if (!before || !after || *before + *after > 14) return std::nullopt;
  std::copy_n(tail.begin(), *after, out.bytes.end() - static_cast<std::ptrdiff_t>(*after));
  return out;
}

// WHATWG's URL standard ("ends in a number"): what such a parser takes for an IPv4 address.
bool ends_in_a_number(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.empty()) return false;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (std::ranges::all_of(last, digit)) return true;
  return last.size() > 1 && last[0] == '0' && (last[1] == 'x' || last[1] == 'X');
}

bool is_name_or_below(std::string_view host, std::string_view name) {
  return host == name || (host.ends_with(name) && host[host.size() - name.size() - 1] == '.');
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (text.contains(':')) return parse_v6(text);
  IpAddress out;
  if (!parse_v4(text, std::span(out.bytes).first<4>())) return std::nullopt;
  return out;
}

bool is_public_address(const IpAddress& address) {
  if (!address.v6) return !in_any(address, kRefusedV4);
  return in(address, kGlobalUnicast) && !in_any(address, kRefusedV6);
}

std::optional<std::string> why_host_is_not_public(std::string_view host) {
  std::string name(host);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (const auto address = parse_ip(name)) {
    if (is_public_address(*address)) return std::nullopt;
    return "is an address that is not on the public internet";
  }
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
  if (name.empty() || !plain || ends_in_a_number(name)) {
    return "is neither a name nor an address in its usual spelling";
  }
  if (name.ends_with('.')) return "ends with a dot; leave it out";
  for (const std::string_view local :
       {"localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa"}) {
    if (is_name_or_below(name, local)) return "is a name of the local network";
  }
  return std::nullopt;
}

}  // namespace pointsman::webhook
