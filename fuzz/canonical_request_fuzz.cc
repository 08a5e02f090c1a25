// links: pm_answers
// parses: answers/canonical_request
// Whatever a client sends: a form or none, the same one with other white space around it, and never for half of a body
// that had one.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "answers/canonical_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using pointsman::answers::canonical_request;
  static pointsman::json::Document document;
  if (size == 0) return 0;
  const auto protocol = static_cast<pointsman::llm::Protocol>(data[0] % pointsman::llm::kProtocols);
  const std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto form = canonical_request(protocol, body, document);
  if (canonical_request(protocol, body, document) != form) std::abort();
  if (!form) return 0;
  if (canonical_request(protocol, "\n " + body + "\t", document) != form) std::abort();
  const std::size_t end = body.find_last_of('}');
  if (canonical_request(protocol, std::string_view(body).substr(0, end), document)) std::abort();
  return 0;
}
