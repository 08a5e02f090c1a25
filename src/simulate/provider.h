// A simulated LLM provider behind the OpenAI chat completions API and, for what it needs to classify, Anthropic's
// Messages, for tests, the demo and benches. With a teacher (options.teacher) it answers requests for a label from
// gold.
//
//   POST [/v1]/chat/completions    answers, streamed or whole, faults and pace as configured or as x-sim-* headers say
//   POST [/v1]/messages            the same as Anthropic has it, whole answers only
//   GET  [/v1]/models[/id]         GET /health
//   GET  /sim/stats                its own bill        POST /sim/reset   begins it anew
//   GET  /sim/requests             the last requests, headers and bodies (options.keep_requests)
//
// One per loop; several may share a Persona. What it answers depends on the seed and the request's bytes alone; which
// requests meet a configured fault depends on the seed and on how many came before.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/server.h"
#include "simulate/directives.h"
#include "simulate/error_text.h"
#include "simulate/label_offer.h"
#include "simulate/persona.h"
#include "simulate/plain_request.h"

namespace pointsman::simulate {

class Delivery;

// One way to ask for an answer: where its parts are read and how its errors look.
enum class Protocol : std::uint8_t { kOpenAiChat, kAnthropicMessages };
const ErrorShape& errors_of(Protocol protocol);

class SimulatedProvider final : public http::Handler {
 public:
  explicit SimulatedProvider(std::shared_ptr<Persona> persona);

  net::Awaitable<> serve(http::Exchange& exchange) override;
  std::string refusal(const base::Error& error, int status, std::string_view path) override;

 private:
  // One chat request on its way.
  struct Call {
    http::Exchange& exchange;
    Protocol protocol = Protocol::kOpenAiChat;
    Directives directives;
    Fault fault;
    std::uint64_t key = 0;
    std::size_t body_bytes = 0;
  };
  // A model's part of an answer that needs nothing but its text and numbers put between.
  struct Prerendered {
    std::string model;
    std::string before_text;
  };

  net::Awaitable<> serve_books(http::Exchange& exchange, std::string_view path);
  net::Awaitable<> serve_models(http::Exchange& exchange, std::string_view path);
  net::Awaitable<> serve_answer(http::Exchange& exchange, Protocol protocol);
  net::Awaitable<> answer_plain(http::Exchange& exchange, const Prerendered& model, std::uint64_t key,
                                std::size_t body_bytes);
  net::Awaitable<> answer(Call call, std::string_view body);
  net::Awaitable<> answer_messages(Call call, std::string_view body);
  net::Awaitable<> answer_whole(Call& call, const TokenUsage& usage, std::string body);
  net::Awaitable<> answer_stream(Call& call, const Completion& completion, bool include_usage);
  // All events but not the end of the body.
  net::Awaitable<bool> send_events(Call& call, Delivery& delivery, class EventSource& events);
  net::Awaitable<> answer_fault(Call& call);
  net::Awaitable<> refuse(http::Exchange& exchange, int status, std::string body, std::string_view fields = {});

  bool authorized(const http::RequestHead& head, Protocol protocol) const;
  // What is asked about, empty if it is no question for the teacher; if it is one, the call takes the teacher's time.
  LabelOffer take_question(Call& call, const std::optional<LabelQuestion>& question) const;
  Fault draw_fault();
  const Prerendered* prerendered(std::string_view model) const;
  base::Duration first_pause(const Call& call) const;
  base::Duration chunk_pause(const Call& call, base::Rng& rng) const;
  base::Duration whole_pause(const Call& call, const TokenUsage& usage) const;
  std::string fields(std::string_view content_type, std::uint64_t key) const;
  void bill_whole(const TokenUsage& usage);
  // The prompt and what was sent by then; an abort if it was the client who left.
  void bill_part(const Call& call, TokenUsage usage, std::uint64_t bytes, std::uint64_t tokens);
  void record_abort(const Call& call, std::uint64_t bytes, std::uint64_t tokens);

  std::shared_ptr<Persona> persona_;
  Bill::Shard& shard_;
  std::vector<Prerendered> prerendered_;
  std::uint64_t served_ = 0;
};

}  // namespace pointsman::simulate
