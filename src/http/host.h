// What a Host field may say (RFC 9110 section 7.2, tightened). Private to the codec; pure.
// Pure; private to the codec.
#pragma once

#include <string_view>

namespace pointsman::http {

// A name or IPv4 address of letters, digits and "-._~", or an IPv6 address in brackets, and an optional port up to
// 65535. No user information, percent-encoding, comma, space or empty name: nothing two peers could read differently.
bool valid_host(std::string_view host);

}  // namespace pointsman::http
