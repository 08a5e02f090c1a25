// What is different from protocol to protocol on the gateway's way of a request: the only place that names them all.
//
// Stateless but for the readers, which belong to one worker. No protocol knows another; where two meet, requests and
// answers go through the neutral form of llm/ (crossing.h, translation.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/result.h"
#include "llm/chat_request.h"
#include "llm/protocol.h"
#include "upstream/provider.h"
#include "wire/anthropic_messages/request.h"
#include "wire/openai_chat/request.h"
#include "wire/openai_plain/request.h"
#include "wire/openai_responses/request.h"

namespace pointsman::gateway {

// The readers of requests, of one worker.
class RequestReaders {
 public:
  explicit RequestReaders(std::size_t max_body)
      : chat_(max_body), responses_(max_body), messages_(max_body), plain_(max_body) {}

  // Fills `out` from `body`, which outlives it. Errors are the client's.
  base::Result<void> read(llm::Protocol protocol, std::string_view body, llm::ChatRequest& out);
  // The body of a question how many tokens a request of the Messages API has.
  base::Result<void> read_count_tokens(std::string_view body, llm::ChatRequest& out);

 private:
  wire::openai_chat::Reader chat_;
  wire::openai_responses::Reader responses_;
  wire::anthropic_messages::Reader messages_;
  wire::ReadingSpace plain_;
};

struct ErrorAnswer {
  int status = 500;
  bool should_retry = false;
};
// How an error is told to a client of this protocol; appends the body, or an event in the middle of a stream.
ErrorAnswer describe_error(llm::Protocol client, const base::Error& error);
void write_error_body(llm::Protocol client, const base::Error& error, std::string& out);
void write_error_event(llm::Protocol client, const base::Error& error, std::string& out);

// The protocol in which that provider gets the requests of such clients; nothing: it cannot answer them.
std::optional<llm::Protocol> spoken_with(const upstream::Provider& provider, llm::Protocol client);
// Where such requests go, behind the provider's prefix: "/chat/completions".
std::string_view path_of(llm::Protocol protocol);

// The client's protocol by the path of its request, prefix included: "/v1/messages". Anything else is spoken to as
// chat completions are.
llm::Protocol protocol_of_path(std::string_view path);

}  // namespace pointsman::gateway
