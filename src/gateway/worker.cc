#include "gateway/worker.h"

#include <algorithm>
#include <array>

#include "config/shared_version.h"
#include "gateway/chat_flow.h"
#include "gateway/client_error.h"
#include "gateway/feedback_flow.h"
#include "http/status.h"
#include "http/write.h"
#include "wire/anthropic_messages/count_tokens.h"

namespace pointsman::gateway {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kFreeStates = 256;
constexpr std::uint64_t kSummarySeed = 0x50aa;
constexpr std::uint64_t kExplorerSeed = 0xe1b0;  // lots of its own, not those that order candidates
constexpr std::uint64_t kDoorSeed = 0xd00a;      // likewise
constexpr std::uint64_t kSpanSeed = 0x59a7;      // likewise, so that no id tells anything of another

struct Endpoint {
  std::string_view path;
  http::Method method;
};
constexpr std::string_view kCountTokens = "/v1/messages/count_tokens";
constexpr std::array<Endpoint, 13> kEndpoints = {{{"/v1/chat/completions", http::Method::kPost},
                                                  {"/v1/responses", http::Method::kPost},
                                                  {"/v1/messages", http::Method::kPost},
                                                  {kCountTokens, http::Method::kPost},
                                                  {"/v1/completions", http::Method::kPost},
                                                  {"/v1/embeddings", http::Method::kPost},
                                                  {"/v1/route", http::Method::kPost},
                                                  {"/v1/feedback", http::Method::kPost},
                                                  {"/v1/feedback/import", http::Method::kPost},
                                                  {"/v1/models", http::Method::kGet},
                                                  {"/livez", http::Method::kGet},
                                                  {"/readyz", http::Method::kGet},
                                                  {"/metrics", http::Method::kGet}}};

const Endpoint* find_endpoint(std::string_view path) {
  for (const Endpoint& endpoint : kEndpoints) {
    if (endpoint.path == path) return &endpoint;
  }
  return nullptr;
}

bool method_fits(const Endpoint& endpoint, http::Method method) {
  return method == endpoint.method || (endpoint.method == http::Method::kGet && method == http::Method::kHead);
}

}  // namespace

Worker::Worker(WorkerParts parts)
    : parts_(std::move(parts)),
      pool_(parts_.loop, parts_.resolver),
      encoder_watch_(parts_.shard),
      opinions_(parts_.loop, pool_, parts_.shard, parts_.seed, parts_.workers),
      opinion_watch_(parts_.shard),
      explorer_(parts_.seed ^ kExplorerSeed, parts_.workers),
      answer_document_(std::max(parts_.max_body, RequestState::kLongestAnswer)),
      readers_(parts_.max_body),
      prompts_(parts_.seed),
      summaries_(parts_.loop, pool_, prompts_, parts_.summaries, parts_.seed ^ kSummarySeed),
      door_(parts_.load, parts_.shard, parts_.seed ^ kDoorSeed),
      ids_(parts_.seed),
      span_ids_(parts_.seed ^ kSpanSeed) {}

Worker::~Worker() = default;

void Worker::use(Lineup lineup) {
  const SnapshotPtr& snapshot = lineup.champion;
  std::vector<http::TargetPtr> targets;
  for (const upstream::Provider& provider : snapshot->providers) targets.push_back(provider.target);
  door_.use(snapshot->config.limits.overload);
  opinions_.use(snapshot->consultant, breaker_options(snapshot->config.router.breaker));
  explorer_.use(snapshot->config.router.explore, net::Loop::now());
  const base::MonoTime now = net::Loop::now();
  if (!present_ || present_->snapshot != snapshot) {
    present_ = std::make_shared<Generation>(snapshot, parts_.shard, parts_.seed, present_.get(), now);
  }
  if (!lineup.canary) {
    canary_ = nullptr;
  } else if (!canary_ || canary_->snapshot != lineup.canary) {
    // What is known of the models' health is known to both.
    canary_ = std::make_shared<Generation>(lineup.canary, parts_.shard, parts_.seed, present_.get(), now);
  }
  for (const GenerationPtr& one : {present_, canary_}) {
    if (!one) continue;
    one->health.tell(parts_.news);
    const bool shares = parts_.replicas_answers != nullptr && one->shared_version.empty();
    if (shares) one->shared_version = config::shared_version(one->snapshot->config);
  }
  present_->decider.remember(lineup.memory);
  if (canary_) canary_->decider.remember(lineup.memory);
  lineup_ = std::move(lineup);
  pool_.keep_only(targets);
}

// What the canary knows of a model that did not change is the same.
void Worker::warn(const limits::FailureHint& hint) {
  if (present_) present_->health.warn(hint, net::Loop::now());
}

const GenerationPtr& Worker::generation_for(std::uint64_t conversation) const {
  return canary_ && is_canarys(lineup_, conversation) ? canary_ : present_;
}

std::unique_ptr<RequestState> Worker::take_state() {
  if (free_states_.empty()) return std::make_unique<RequestState>(answer_document_);
  auto state = std::move(free_states_.back());
  free_states_.pop_back();
  return state;
}

void Worker::give_state(std::unique_ptr<RequestState> state) {
  if (free_states_.size() >= kFreeStates) return;
  state->rest();
  free_states_.push_back(std::move(state));
}

std::string Worker::refusal(const Error& error, int status, std::string_view path) {
  parts_.shard.counter("pointsman_http_refused_total", {{"status", std::to_string(status)}}).add();
  std::string body;
  write_error_body(protocol_of_path(path), error, body);
  return body;
}

net::Awaitable<> Worker::answer_error(http::Exchange& exchange, llm::Protocol client, const Error& error,
                                      std::string_view fields) {
  const Error shown = for_client(error);
  const ErrorAnswer answer = describe_error(client, shown);
  std::string head(fields);
  head += answer.should_retry ? "x-should-retry: true\r\n" : "x-should-retry: false\r\n";
  std::string body;
  write_error_body(client, shown, body);
  co_await exchange.send(answer.status, "application/json", body, head);
}

net::Awaitable<> Worker::serve(http::Exchange& exchange) {
  const std::string_view path = exchange.head().path;
  const Endpoint* const endpoint = find_endpoint(path);
  if (endpoint == nullptr) {
    co_await answer_error(exchange, protocol_of_path(path),
                          Error(ErrorCode::kNotFound,
                                "There is nothing at " + std::string(path.substr(0, 200)) +
                                    "; the API begins at /v1/chat/completions, /v1/responses and /v1/messages.",
                                base::Origin::kClient));
    co_return;
  }
  if (!method_fits(*endpoint, exchange.head().method)) {
    const bool get = endpoint->method == http::Method::kGet;
    std::string body;
    const Error error(ErrorCode::kInvalidArgument, std::string("use ") + (get ? "GET" : "POST") + " here",
                      base::Origin::kClient);
    write_error_body(protocol_of_path(path), error, body);
    co_await exchange.send(405, "application/json", body, get ? "allow: GET, HEAD\r\n" : "allow: POST\r\n");
    co_return;
  }
  if (path.starts_with("/v1/")) {
    co_await serve_api(exchange, path);
  } else {
    co_await serve_probe(exchange, path);
  }
}

net::Awaitable<> Worker::serve_api(http::Exchange& exchange, std::string_view path) {
  if (!present_) {
    co_return co_await answer_error(exchange, protocol_of_path(path),
                                    Error(ErrorCode::kOverloaded, "the gateway is starting"));
  }
  auto caller = identify(access_, exchange.head().fields, parts_.clock.wall());
  if (!caller) {
    present_->measure.turned_away(401);
    co_return co_await answer_error(exchange, protocol_of_path(path), caller.error());
  }
  if (path == "/v1/models") {
    const GenerationPtr generation = present_;  // a reload must not take the text away while it is sent
    const bool messages = exchange.head().find("anthropic-version").has_value();
    const Snapshot& snapshot = *generation->snapshot;
    co_await exchange.send(200, "application/json", messages ? snapshot.messages_models_body : snapshot.models_body);
  } else if (path == "/v1/feedback") {
    FeedbackFlow flow(*this, exchange);
    co_await flow.run();
  } else if (path == "/v1/feedback/import") {
    FeedbackFlow flow(*this, exchange);
    co_await flow.run_import();
  } else if (path == kCountTokens) {
    co_await count_tokens(exchange);
  } else {
    co_await serve_chat(exchange, path, std::move(*caller));
  }
}

net::Awaitable<> Worker::serve_chat(http::Exchange& exchange, std::string_view path, Caller caller) {
  const limits::Shed shed = door_.look(exchange, caller.priority(), net::Loop::now());
  if (shed != limits::Shed::kNone) {
    present_->measure.turned_away(503);
    exchange.skip_body();
    co_return co_await answer_error(exchange, protocol_of_path(path),
                                    Error(ErrorCode::kOverloaded, std::string(describe(shed))),
                                    door_.retry_fields());
  }
  ChatFlow flow(*this, exchange, protocol_of_path(path), std::move(caller));
  if (path == "/v1/route") {
    co_await flow.run_route();
  } else {
    co_await flow.run();
  }
}

// An estimate, and said to be one: the true count is the provider's own, and which provider answers is not known yet.
net::Awaitable<> Worker::count_tokens(http::Exchange& exchange) {
  auto body = co_await exchange.read_body();
  auto state = take_state();
  auto read = body ? readers_.read_count_tokens(*body, state->request) : base::fail(std::move(body).error());
  if (!read) {
    co_await answer_error(exchange, llm::Protocol::kMessages, read.error());
  } else {
    std::string answer;
    wire::anthropic_messages::write_count_tokens_body(state->request.needs.input_tokens, answer);
    co_await exchange.send(200, "application/json", answer, "x-pointsman-estimate: true\r\n");
  }
  give_state(std::move(state));
}

net::Awaitable<> Worker::serve_probe(http::Exchange& exchange, std::string_view path) {
  if (path == "/metrics") {
    const telemetry::Format format = telemetry::format_for(exchange.head().find("accept").value_or(""));
    const std::string text = parts_.registry.render(format);
    co_await exchange.send(200, telemetry::content_type(format), text);
  } else if (path == "/readyz" && present_ && present_->shift.raised() && parts_.ready()) {
    co_await exchange.send(200, "text/plain", "ok\nshift: certified thresholds are suspended\n");
  } else if (path == "/livez" || (present_ && parts_.ready())) {
    co_await exchange.send(200, "text/plain", "ok\n");
  } else {
    co_await exchange.send(503, "text/plain", "not ready\n");
  }
}

}  // namespace pointsman::gateway
