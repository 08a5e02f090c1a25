// One request to the operators' API and the answer to it, as plain values: what travels between an event loop and the
// threads that read and write files.
//
// Pure. Whoever holds one owns it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "http/head.h"

namespace pointsman::admin {

// Everything of a request that an answer may depend on; header fields that were not sent are empty.
struct Request {
  http::Method method = http::Method::kOther;
  std::string path;   // below /admin/v1, as sent: "/decisions/0199.../feedback"
  std::string query;  // without the '?'
  std::string body;
  std::string content_type;
  std::string cookie;
  std::string csrf;  // x-pointsman-csrf
  std::string host;
  std::string origin;
  std::string idempotency_key;
  std::string last_event_id;
  std::string peer;  // the address that the connection came from, without its port
  base::WallTime at{};
};

struct Answer {
  int status = 200;
  std::string body;    // JSON
  std::string fields;  // header lines, each ended by CRLF; may be empty
};

// The body {"error": {...}}; `param` names what is wrong in the query or the body, `code` is for programs. Empty: null.
Answer refuse(int status, std::string_view message, std::string_view param = {}, std::string_view code = {});
// Somebody was faster, or the present state does not allow it: 409.
Answer conflict(std::string_view message, std::string_view code);
// What an error means for whoever asked: 400 with its place as `param`, 403, 404, 413, 503 with retry-after, or 500.
Answer refuse(const base::Error& error);
// {"done": true}
Answer done();

}  // namespace pointsman::admin
