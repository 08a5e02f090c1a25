#include "simulate/provider.h"

#include <array>
#include <utility>

#include "base/hash.h"
#include "http/status.h"
#include "http/write.h"
#include "simulate/anthropic/error_text.h"
#include "simulate/json_text.h"
#include "simulate/pause.h"

namespace pointsman::simulate {
namespace {

constexpr std::string_view kJson = "application/json";

// What is set aside for strings that grow while an answer is written.
constexpr std::size_t kFieldsBytes = 256;
constexpr std::size_t kTailBytes = 512;

std::string_view without_version(std::string_view path) {
  if (path.starts_with("/v1/")) path.remove_prefix(3);
  return path;
}

void append_model(std::string& out, std::string_view model, std::int64_t created) {
  out += R"({"id":)";
  append_json_string(out, model);
  out += R"(,"object":"model","created":)";
  out += std::to_string(created);
  out += R"(,"owned_by":"simulated"})";
}

}  // namespace

const ErrorShape& errors_of(Protocol protocol) {
  return protocol == Protocol::kAnthropicMessages ? anthropic::kErrors : kOpenAiErrors;
}

SimulatedProvider::SimulatedProvider(std::shared_ptr<Persona> persona)
    : persona_(std::move(persona)), shard_(persona_->bill().add_shard()) {
  const ProviderOptions& options = persona_->options();
  if (options.clock != nullptr) return;  // `created` changes, so nothing can be rendered before
  for (const std::string& model : options.models) {
    std::string text = R"(","object":"chat.completion","created":)" + std::to_string(options.created);
    text += R"(,"model":)";
    append_json_string(text, model);
    text += R"(,"system_fingerprint":")" + persona_->fingerprint();
    text += R"(","choices":[{"index":0,"message":{"role":"assistant","content":")";
    prerendered_.push_back({model, std::move(text)});
  }
}

net::Awaitable<> SimulatedProvider::serve(http::Exchange& exchange) {
  const http::RequestHead& head = exchange.head();
  const std::string_view path = without_version(head.path);
  const bool messages = path == "/messages";
  if (messages || path == "/chat/completions") {
    const Protocol protocol = messages ? Protocol::kAnthropicMessages : Protocol::kOpenAiChat;
    if (head.method == http::Method::kPost) co_return co_await serve_answer(exchange, protocol);
    co_return co_await refuse(
        exchange, 405, error_body({"Only POST is accepted here.", "invalid_request_error", "", ""}), "allow: POST\r\n");
  }
  const bool get = head.method == http::Method::kGet || head.method == http::Method::kHead;
  if (path.starts_with("/sim/")) co_return co_await serve_books(exchange, path);
  if (get && path.starts_with("/models")) co_return co_await serve_models(exchange, path.substr(7));
  if (get && path == "/health") {
    co_await exchange.send(200, kJson, R"({"status":"ok","simulated":true})");
    co_return;
  }
  const std::string message =
      "Unknown request URL: " + std::string(head.method_name) + " " + std::string(head.path) + " (simulated provider)";
  co_await refuse(exchange, 404, error_body({message, "invalid_request_error", "", "unknown_url"}));
}

std::string SimulatedProvider::refusal(const base::Error& error, int, std::string_view) {
  return refusal_body(error);
}

net::Awaitable<> SimulatedProvider::refuse(http::Exchange& exchange, int status, std::string body,
                                           std::string_view fields) {
  add(shard_.errors);
  co_await exchange.send(status, kJson, body, fields);
}

net::Awaitable<> SimulatedProvider::serve_books(http::Exchange& exchange, std::string_view path) {
  Bill& bill = persona_->bill();
  if (path == "/sim/reset" && exchange.head().method == http::Method::kPost) {
    const auto body = co_await exchange.read_body();
    if (!body) co_return;
    bill.reset();
    co_await exchange.send(200, kJson, R"({"reset":true})");
  } else if (path == "/sim/stats") {
    const std::string text = bill.stats_json();
    co_await exchange.send(200, kJson, text);
  } else if (path == "/sim/requests") {
    const std::string text = bill.requests_json();
    co_await exchange.send(200, kJson, text);
  } else {
    co_await refuse(exchange, 404,
                    error_body({"No such page of the simulated provider.", "invalid_request_error", "", ""}));
  }
}

net::Awaitable<> SimulatedProvider::serve_models(http::Exchange& exchange, std::string_view path) {
  std::string text;
  if (path.empty()) {
    text = R"({"object":"list","data":[)";
    for (const std::string& model : persona_->options().models) {
      if (&model != persona_->options().models.data()) text += ',';
      append_model(text, model, persona_->created());
    }
    text += "]}";
  } else if (path.starts_with('/') && persona_->serves(path.substr(1))) {
    append_model(text, path.substr(1), persona_->created());
  } else {
    co_return co_await refuse(exchange, 404, unknown_model_body(path.substr(path.starts_with('/') ? 1 : 0)));
  }
  co_await exchange.send(200, kJson, text);
}

bool SimulatedProvider::authorized(const http::RequestHead& head, Protocol protocol) const {
  const base::Secret& key = persona_->options().api_key;
  if (key.empty()) return true;
  const auto own = protocol == Protocol::kAnthropicMessages ? head.find("x-api-key") : std::nullopt;
  if (own) return base::equal_constant_time(*own, key.reveal());
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view given = head.find("authorization").value_or("");
  return given.starts_with(kScheme) && base::equal_constant_time(given.substr(kScheme.size()), key.reveal());
}

Fault SimulatedProvider::draw_fault() {
  if (persona_->faults().empty()) return {};
  base::Rng rng(persona_->options().seed ^ (++served_ * 0x9e3779b97f4a7c15ULL));
  return persona_->faults().draw(rng);
}

const SimulatedProvider::Prerendered* SimulatedProvider::prerendered(std::string_view model) const {
  for (const Prerendered& one : prerendered_) {
    if (one.model == model) return &one;
  }
  return nullptr;
}

net::Awaitable<> SimulatedProvider::serve_answer(http::Exchange& exchange, Protocol protocol) {
  const ErrorShape& errors = errors_of(protocol);
  add(shard_.requests);
  if (!authorized(exchange.head(), protocol)) {
    const Fault bad_key{FaultKind::kBadKey, 401, 0};
    co_return co_await refuse(exchange, 401, errors.fault(bad_key, persona_->options().name));
  }
  auto directives = read_directives(exchange.head().fields);
  if (!directives) co_return co_await refuse(exchange, 400, errors.refusal(directives.error()));
  const Fault fault = directives->fault ? *directives->fault : draw_fault();
  if (fault.kind != FaultKind::kNone) add(shard_.faults);
  if (fault.kind == FaultKind::kSlowRead &&
      !co_await pause(exchange.loop(), exchange.cancel(), std::chrono::milliseconds(fault.at))) {
    co_return;
  }
  const auto body = co_await exchange.read_body();
  if (!body) {
    if (exchange.client_gone()) co_return;
    const bool late = body.error().code() == base::ErrorCode::kTimeout;
    co_return co_await refuse(exchange, late ? 408 : http::http_status_of(body.error()), errors.refusal(body.error()));
  }
  if (persona_->options().keep_requests > 0) persona_->bill().keep_request(exchange.head(), *body);
  const std::uint64_t key = base::xxh3(*body, persona_->options().seed);
  Call call{exchange, protocol, *directives, fault, key, body->size()};
  if (protocol == Protocol::kAnthropicMessages) co_return co_await answer_messages(std::move(call), *body);
  if (persona_->instant() && !directives->any && fault.kind == FaultKind::kNone) {
    const auto plain = scan_plain_request(*body);
    const Prerendered* model = plain && !plain->stream ? prerendered(plain->model) : nullptr;
    if (model != nullptr) co_return co_await answer_plain(exchange, *model, key, body->size());
  }
  co_await answer(std::move(call), *body);
}

std::string SimulatedProvider::fields(std::string_view content_type, std::uint64_t key) const {
  std::string out;
  out.reserve(kFieldsBytes);
  out += "content-type: ";
  out += content_type;
  out += "\r\nx-simulated-provider: ";
  out += persona_->options().name;
  out += "\r\nx-request-id: req-sim";
  const auto digits = key_digits(key);
  out.append(digits.data(), digits.size());
  out += "\r\n";
  return out;
}

net::Awaitable<> SimulatedProvider::answer_plain(http::Exchange& exchange, const Prerendered& model, std::uint64_t key,
                                                 std::size_t body_bytes) {
  const Answer& text = persona_->book().answer(key);
  const ProviderOptions& options = persona_->options();
  TokenUsage usage{estimate_tokens(body_bytes), 0, text.token_ends.size() + options.reasoning_tokens,
                   options.reasoning_tokens};
  usage.cached = usage.prompt * options.cached_prompt_percent / 100;
  const auto digits = key_digits(key);
  std::string tail;
  tail.reserve(kTailBytes);
  tail += R"(","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":)";
  append_usage(tail, usage);
  tail += '}';
  const std::array<std::string_view, 5> body = {
      R"({"id":"chatcmpl-sim)", {digits.data(), digits.size()}, model.before_text, text.text, tail};
  std::size_t bytes = 0;
  for (const std::string_view piece : body) bytes += piece.size();
  std::string& head = exchange.start_head(200);
  head += fields(kJson, key);
  http::append_content_length(head, bytes);
  bill_whole(usage);  // before the last byte: whoever has the answer finds it on the bill
  const auto sent = co_await exchange.send_head(body);
  if (sent) exchange.finish();
}

}  // namespace pointsman::simulate
