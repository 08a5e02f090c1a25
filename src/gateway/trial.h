// One try of one model: the request that it gets, and what its answer means for the breaker, the metrics and the next
// step. The same for a try that is waited for and for one that is made before the decision stands.
//
// On one loop. What a try came to is written into the ledger's record of it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "gateway/generation.h"
#include "gateway/request_state.h"
#include "upstream/call.h"

namespace pointsman::gateway {

// What one attempt's end means for the next step. Pure; see the table in its test.
enum class Next : std::uint8_t {
  kCommit,    // pass this answer on
  kTryOther,  // another candidate may do better; if there is none, pass this answer on
  kMisused,   // our own configuration is at fault (key, credit, model name, address): another candidate, and never
              // this answer's body
};
Next next_after_status(int status);
// Whether an answer with that status, whose body begins so, says that the prompt is longer than the model's window, in
// the words of OpenAI, Anthropic, Google, vLLM, llama.cpp or Ollama.
bool says_too_long(int status, std::string_view body);
// Whose fault that answer is, for the circuit breaker.
limits::Blame blame_of_answer(int status, bool web_page);
// Providers may answer a request for a stream in one piece, and the other way round; `asked`: what to believe if the
// answer does not say.
bool is_event_stream(const http::ResponseHead& head, bool asked);

struct Tried {
  upstream::AnswerPtr answer;  // null if the attempt failed without one
  std::optional<base::Error> error;
  Next next = Next::kTryOther;
  bool resent = false;    // the request had gone out before, and that was never answered
  bool too_long = false;  // the model said that the prompt does not fit its window: only a larger one can do better
};

class Trial {
 public:
  // All outlive it.
  Trial(Generation& generation, http::ClientPool& pool, net::CancelToken& cancel)
      : snapshot_(*generation.snapshot),
        health_(generation.health),
        measure_(generation.measure),
        pool_(pool),
        cancel_(cancel) {}

  // The ledger's record of a try that is about to begin; counts it.
  ledger::Attempt begin(int model);
  // Sends `pieces` and waits for the answer's head and first bytes. `stream`: one was asked for.
  net::Awaitable<Tried> run(int model, bool stream, std::span<const std::string_view> pieces, ledger::Attempt& attempt);
  // The record of what was sent before the answer came and may have been billed, if the request went out twice.
  static std::optional<ledger::Attempt> lost_before(const ledger::Attempt& attempt, const Tried& tried);
  // The answer that had come turned out to be broken before a byte of it was released.
  void note_broken(int model, ledger::Attempt& attempt);

 private:
  void note_answer(int model, bool stream, ledger::Attempt& attempt, Tried& tried);
  void note_failure(int model, const base::Error& error, ledger::Attempt& attempt);
  // The error that stands for an answer whose body is not for the client.
  base::Error unusable(int model, int status, bool web_page) const;

  const Snapshot& snapshot_;
  Health& health_;
  Measure& measure_;
  http::ClientPool& pool_;
  net::CancelToken& cancel_;
};

}  // namespace pointsman::gateway
