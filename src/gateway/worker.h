// One worker: a loop's handler of HTTP requests. Owns what a thread needs and shares nothing on the request path but
// the present snapshot.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "answers/response_cache.h"
#include "base/uuid.h"
#include "gateway/access.h"
#include "gateway/calibration_desk.h"
#include "gateway/encoder_pool.h"
#include "gateway/encoder_watch.h"
#include "gateway/explorer.h"
#include "gateway/feedback_desk.h"
#include "gateway/front_door.h"
#include "gateway/generation.h"
#include "gateway/lease_keeper.h"
#include "gateway/lineup.h"
#include "gateway/opinion_desk.h"
#include "gateway/opinion_watch.h"
#include "gateway/prompt_fit.h"
#include "gateway/protocols.h"
#include "gateway/quota_desk.h"
#include "gateway/replica_news.h"
#include "gateway/request_state.h"
#include "gateway/schema_shelf.h"
#include "gateway/shared_answers.h"
#include "gateway/summary_desk.h"
#include "gateway/trial_feed.h"
#include "http/client.h"
#include "http/server.h"
#include "ledger/store.h"
#include "route/conversation_memory.h"
#include "telemetry/registry.h"
#include "trace/ring.h"

namespace pointsman::gateway {

// What a worker is given; everything outlives it.
struct WorkerParts {
  net::Loop& loop;
  net::Resolver& resolver;
  ledger::Sink& sink;
  telemetry::Shard& shard;
  telemetry::Registry& registry;
  const base::Clock& clock;
  EncoderPool& encoders;
  FeedbackDesk& feedback;
  QuotaDesk& quotas;
  LoadGauge& load;  // of the process
  std::uint64_t seed = 0;
  int workers = 1;                                     // in the process: they share what is limited for all of it
  std::size_t max_body = 20U << 20;                    // of a request, as the server limits it
  TrialFeed* feed = nullptr;                           // null: nobody listens
  route::ConversationMemory* conversations = nullptr;  // of the process; null: nothing is remembered
  answers::ResponseCache* answers = nullptr;           // of the process; null: none are kept
  answers::ResponseCache* summaries = nullptr;         // likewise, of turns that were left out
  UsageFeed* usage = nullptr;                          // of this worker; null: nobody listens
  trace::Ring* spans = nullptr;                        // likewise: what is told of requests as traces
  LeaseKeeper* leases = nullptr;                       // of the process; null: budgets are not shared
  SharedAnswers* replicas_answers = nullptr;           // likewise: answers are not shared
  ReplicaNews* news = nullptr;                         // likewise: nothing is told to other replicas
  // Whether the process should get traffic: false while it starts, drains, or cannot keep its ledger.
  std::function<bool()> ready;
};

class Worker final : public http::Handler {
 public:
  explicit Worker(WorkerParts parts);
  ~Worker() override;

  // On the worker's loop: from the next request on.
  void use(Lineup lineup);

  // On the worker's loop: from the next request on. Null: nobody needs a key.
  void admit_by(AccessPtr access) { access_ = std::move(access); }

  // On the worker's loop: from the next request on. Null: nothing is known.
  void calibrate_by(CalibrationTablePtr table) { calibrations_ = std::move(table); }

  // On the worker's loop: another replica's breaker has opened.
  void warn(const limits::FailureHint& hint);

  // On the worker's loop: what it knows of the champion's models; empty before the first lineup.
  std::vector<Health::Shown> models() const {
    return present_ ? present_->health.shown(net::Loop::now()) : std::vector<Health::Shown>();
  }

  // On the worker's loop: gives up what is under way for itself, not for a request.
  void wind_down() {
    opinions_.stop();
    summaries_.stop();
  }

  net::Awaitable<> serve(http::Exchange& exchange) override;
  std::string refusal(const base::Error& error, int status, std::string_view path) override;

 private:
  friend class ChatFlow;
  friend class FeedbackFlow;
  net::Awaitable<> serve_probe(http::Exchange& exchange, std::string_view path);
  net::Awaitable<> count_tokens(http::Exchange& exchange);
  net::Awaitable<> serve_api(http::Exchange& exchange, std::string_view path);
  net::Awaitable<> serve_chat(http::Exchange& exchange, std::string_view path, Caller caller);
  // Sends what for_client() makes of the error, as such a client knows errors.
  net::Awaitable<> answer_error(http::Exchange& exchange, llm::Protocol client, const base::Error& error,
                                std::string_view fields = {});
  // Of the conversation: the canary's, where it is the canary's to decide.
  const GenerationPtr& generation_for(std::uint64_t conversation) const;
  std::unique_ptr<RequestState> take_state();
  void give_state(std::unique_ptr<RequestState> state);

  WorkerParts parts_;
  http::ClientPool pool_;
  EncoderWatch encoder_watch_;
  OpinionDesk opinions_;
  OpinionWatch opinion_watch_;
  Explorer explorer_;
  Lineup lineup_;
  AccessPtr access_;
  CalibrationTablePtr calibrations_;
  GenerationPtr present_;           // the champion's; null until the first lineup came
  GenerationPtr canary_;            // null: there is none
  json::Document answer_document_;  // also of requests that are read a second time, to be translated
  RequestReaders readers_;
  SchemaShelf schemas_;
  PromptFit prompts_;
  SummaryDesk summaries_;
  FrontDoor door_;
  base::UuidGenerator ids_;
  base::Rng span_ids_;
  std::vector<std::unique_ptr<RequestState>> free_states_;
};

}  // namespace pointsman::gateway
