// What a client is told about an error.
//
// Pure. About its own request: everything. About the upstream and the gateway: only what it can act on. Addresses, file
// names and the wording of other programs stay in our log and ledger.
#pragma once

#include <string_view>

#include "base/error.h"

namespace pointsman::gateway {

// The place of errors about answers that were given up for what they said: those the client is told in full, too.
inline constexpr std::string_view kStructured = "structured";

// The same code, origin, retry and upstream status, with a message for the client.
base::Error for_client(const base::Error& error);

}  // namespace pointsman::gateway
