// A request on its way into another protocol: read whole into the neutral form once, written anew for each model that
// gets it.
//
// Part of a request's state; one loop. Used only where the protocols differ.
#pragma once

#include <string>

#include "base/result.h"
#include "json/document.h"
#include "llm/answer_context.h"
#include "llm/chat_request.h"
#include "llm/conversation.h"

namespace pointsman::gateway {

class Crossing {
 public:
  // Forgets the last request.
  void reset();
  // The body for a model of that protocol, in body(). kUnsupported, the client's, where there is no such crossing.
  base::Result<void> write(const llm::ChatRequest& request, llm::Protocol target, const llm::UpstreamContext& context,
                           json::Document& document);
  const std::string& body() const { return body_; }
  // The request in neutral form; holds until reset().
  base::Result<const llm::Conversation*> conversation(const llm::ChatRequest& request, json::Document& document) {
    PM_CHECK(read(request, document));
    return &conversation_;
  }
  // What the model does not get, of the last write.
  const llm::Losses& losses() const { return losses_; }

 private:
  base::Result<void> read(const llm::ChatRequest& request, json::Document& document);

  bool read_ = false;
  llm::Conversation conversation_;
  llm::Losses reading_;  // what the neutral form has no place for
  llm::Losses losses_;
  std::string body_;
};

}  // namespace pointsman::gateway
