#include "http/host.h"

#include <algorithm>

#include "http/characters.h"

namespace pointsman::http {
namespace {

bool valid_port(std::string_view port) {
  if (port.empty() || port.size() > 5) return false;
  int number = 0;
  for (const char c : port) {
    if (!is_digit(c)) return false;
    number = number * 10 + (c - '0');
  }
  return number <= 65535;
}

// "[" hexadecimal digits, colons and dots "]": enough that no peer can see another host in it.
bool valid_ip_literal(std::string_view address) {
  const auto allowed = [](char c) {
    return is_digit(c) || c == ':' || c == '.' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  return address.size() >= 2 && address.contains(':') && std::all_of(address.begin(), address.end(), allowed);
}

}  // namespace

bool valid_host(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    if (close == std::string_view::npos || !valid_ip_literal(host.substr(1, close - 1))) return false;
    const std::string_view rest = host.substr(close + 1);
    return rest.empty() || (rest[0] == ':' && valid_port(rest.substr(1)));
  }
  const std::size_t colon = std::min(host.find(':'), host.size());
  if (!all_class(host.substr(0, colon), kHostByte)) return false;
  return colon == host.size() || valid_port(host.substr(colon + 1));
}

}  // namespace pointsman::http
