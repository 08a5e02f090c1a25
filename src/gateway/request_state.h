// Everything one request needs while it is served, reused from request to request so that the steady state allocates
// nothing. Taken from and given back to the worker's pool; one loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/answer_meters.h"
#include "gateway/crossing.h"
#include "gateway/decision.h"
#include "gateway/holds.h"
#include "gateway/span_notes.h"
#include "json/splice.h"
#include "ledger/entry.h"
#include "llm/chat_request.h"

namespace pointsman::gateway {

struct RequestState {
  static constexpr std::size_t kMostKept = 256U << 10;
  // An answer that is read as a whole has to fit this; `document` has room for it.
  static constexpr std::size_t kLongestAnswer = std::size_t{64} << 20;

  explicit RequestState(json::Document& of_answers) : document(of_answers), meters(of_answers) {}

  // Between two requests: gives back what few of them need, and much of it (I10).
  void rest() {
    crossing.reset();
    holds.leave();
    spans.rest();
    for (std::string* one : {&shown, &trimmed}) {
      if (one->capacity() > kMostKept) std::string().swap(*one);
    }
  }

  json::Document& document;  // the worker's, for answers; in use for the length of a call only
  llm::ChatRequest request;
  Decision decision;
  ledger::Entry entry;
  json::Splices body;
  std::string upstream_head;
  Crossing crossing;
  Holds holds;
  AnswerMeters meters;
  SpanNotes spans;
  std::vector<std::string_view> pieces;
  std::string trimmed;  // the body that is sent instead, where the client's was too long
  std::string shown;    // what the client may see of the input at hand, when that is not all of it
};

}  // namespace pointsman::gateway
