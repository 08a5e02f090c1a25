// Whether a request may be answered at all: is there such an endpoint, does the browser mean it (CSRF), who is signed
// in, and is the role enough.
//
// Pure but for the session book it asks; on the event loop, before anything is read or done.
#pragma once

#include <expected>
#include <string>

#include "admin/endpoint.h"

namespace pointsman::admin {

// A request that may be answered.
struct Ticket {
  const Endpoint* endpoint = nullptr;
  std::vector<std::string> parts;
  std::string user;
  config::AdminRole role = config::AdminRole::kViewer;
  base::WallTime expires{};  // of the session
};

std::expected<Ticket, Answer> admit(const Request& request, Staff& staff);

}  // namespace pointsman::admin
