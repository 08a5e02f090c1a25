// Everything one request needs while it is served, reused from request to request so that the steady state allocates
// nothing. Taken from and given back to the worker's pool; one loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/answer_meters.h"
#include "gateway/crossing.h"
#include "gateway/decision.h"
#include "json/splice.h"
#include "ledger/entry.h"
#include "llm/chat_request.h"

namespace pointsman::gateway {

struct RequestState {
  explicit RequestState(json::Document& of_answers) : document(of_answers), meters(of_answers) {}

  json::Document& document;  // the worker's, for answers; in use for the length of a call only
  llm::ChatRequest request;
  Decision decision;
  ledger::Entry entry;
  json::Splices body;
  std::string upstream_head;
  Crossing crossing;
  AnswerMeters meters;
  std::vector<std::string_view> pieces;
  std::string shown;  // what the client may see of the input at hand, when that is not all of it
};

}  // namespace pointsman::gateway
