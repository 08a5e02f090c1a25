// One configured provider, ready to be called: where it is, what every request to it carries, how long we wait.
// Immutable; part of a snapshot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/client.h"
#include "http/head.h"
#include "llm/protocol.h"

namespace pointsman::upstream {

struct Provider {
  std::string name;
  http::TargetPtr target;
  std::string host;                                          // value of the Host field
  std::string prefix;                                        // path before "/chat/completions", e.g. "/v1"
  llm::Protocol protocol = llm::Protocol::kChatCompletions;  // of requests that are not in one it also speaks
  bool responses = false;                                    // it also speaks the Responses API
  base::Secret fields;                                       // header lines with the credentials, each ended by CRLF
  std::vector<std::string> own_fields;  // names of headers that the configuration sets: a client's are not passed on
  std::string version;  // of the Messages API, where the client states none; empty: that API is not spoken here
  base::Duration first_byte_timeout = std::chrono::seconds(60);
  base::Duration idle_timeout = std::chrono::seconds(60);  // between two reads of an answer
  bool ask_usage = true;
  bool drain = false;  // when a client leaves, read the rest of its answer, for the bill
};

// Who wrote the body of a request: a client whose own protocol the provider speaks, or we did.
enum class Author : std::uint8_t { kClient, kGateway };

// Appends the head of a POST to `prefix + path`: the provider's own fields, and of the client's those that are meant
// for the model's side. Never passed on: credentials and cookies, hop-by-hop fields and those that the client's
// Connection field names, and everything named x-pointsman-*. The anthropic-version is that in which the body is
// written: a client's own if the body is. `trace_fields`, header lines each ended by CRLF, take the place of a client's
// traceparent and tracestate; empty: those are passed on as they are. Fails with kInternal if the configuration holds
// what no head may contain.
base::Result<void> append_request_head(const Provider& provider, std::string_view path, Author author,
                                       const http::FieldList& client_fields, std::uint64_t body_bytes, std::string& out,
                                       std::string_view trace_fields = {});

// Whether a field of an upstream's answer (`fields`) is passed to the client: all but hop-by-hop fields, framing, date
// and cookies.
bool passes_to_client(const http::FieldList& fields, std::string_view name);

}  // namespace pointsman::upstream
