#include "simulate/script.h"

#include "http/write.h"
#include "simulate/delivery.h"
#include "simulate/error_text.h"
#include "simulate/pause.h"

namespace pointsman::simulate {
namespace {

constexpr std::chrono::milliseconds kBetweenAsking{5};

SeenRequest see(const http::RequestHead& head) {
  SeenRequest seen{std::string(head.method_name), std::string(head.target), std::string(head.path), {}, {}};
  for (const http::Field& field : head.fields) seen.headers.emplace_back(field.name, field.value);
  return seen;
}

}  // namespace

std::string SeenRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (http::equal_ignoring_case(key, name)) return value;
  }
  return {};
}

Predicate body_contains(std::string text) {
  return [text = std::move(text)](const SeenRequest& request) { return request.body.find(text) != std::string::npos; };
}

Script& Script::then_header(std::string name, std::string value) {
  fields_ += name + ": " + value + "\r\n";
  return *this;
}

Script& Script::then_stream(const std::vector<std::string>& chunks) {
  for (const std::string& chunk : chunks) steps_.push_back({Kind::kChunk, chunk, {}, {}});
  return *this;
}

Script& Script::then_wait_until(std::function<bool()> ready) {
  steps_.push_back({Kind::kWaitUntil, {}, kBetweenAsking, std::move(ready)});
  return *this;
}

Script& Script::fail_after(std::uint64_t bytes, FaultKind how) {
  fault_ = {how, 0, bytes};
  return *this;
}

Script& Script::step(Kind kind, std::string text, std::chrono::milliseconds time) {
  steps_.push_back({kind, std::move(text), time, {}});
  return *this;
}

Script& ScriptedProvider::when(std::string path, Predicate predicate) {
  const std::lock_guard lock(mutex_);
  Script& script = scripts_.emplace_back();
  script.path_ = std::move(path);
  script.predicate_ = std::move(predicate);
  return script;
}

std::vector<SeenRequest> ScriptedProvider::requests() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

const Script* ScriptedProvider::choose(const SeenRequest& request) {
  const std::lock_guard lock(mutex_);
  seen_.push_back(request);
  for (Script& script : scripts_) {
    if (script.left_ == 0 || script.path_ != request.path) continue;
    if (script.predicate_ && !script.predicate_(request)) continue;
    --script.left_;
    return &script;
  }
  return nullptr;
}

bool ScriptedProvider::refuses_body(const SeenRequest& request) const {
  const std::lock_guard lock(mutex_);
  for (const Script& script : scripts_) {
    if (script.left_ == 0 || script.path_ != request.path) continue;
    if (script.predicate_ && !script.predicate_(request)) continue;
    return script.refuses_body_;
  }
  return false;
}

net::Awaitable<> ScriptedProvider::serve(http::Exchange& exchange) {
  SeenRequest request = see(exchange.head());
  if (refuses_body(request)) {
    choose(request);
    co_return;
  }
  const auto body = co_await exchange.read_body();
  if (!body) co_return;
  request.body = *body;
  exchange.watch();
  const Script* script = choose(request);
  if (script != nullptr) co_return co_await play(exchange, *script);
  const std::string text = error_body({"no rule of the script matches", "invalid_request_error", "", ""});
  co_await exchange.send(404, "application/json", text);
}

std::string ScriptedProvider::refusal(const base::Error& error, int, std::string_view) {
  return refusal_body(error);
}

net::Awaitable<> ScriptedProvider::play(http::Exchange& exchange, const Script& script) {
  Delivery delivery(exchange, script.fault_);
  bool chunked = false;
  bool complete = false;
  for (const Script::Step& step : script.steps_) {
    bool goes_on = true;
    switch (step.kind) {
      case Script::Kind::kBody:
        goes_on = co_await delivery.send(script.status_, script.fields_, step.text);
        complete = true;
        break;
      case Script::Kind::kChunk:
        if (!chunked) goes_on = co_await delivery.start_chunks(script.fields_, script.status_);
        chunked = true;
        goes_on = goes_on && co_await delivery.chunk(step.text);
        break;
      case Script::Kind::kRaw:
        goes_on = co_await delivery.send_raw(step.text);
        break;
      case Script::Kind::kWait:
        goes_on = co_await pause(exchange.loop(), exchange.cancel(), step.time);
        break;
      case Script::Kind::kWaitUntil:
        while (goes_on && !step.ready()) goes_on = co_await pause(exchange.loop(), exchange.cancel(), step.time);
        break;
      case Script::Kind::kHang:
        co_await wait_for_cancel(exchange.cancel());
        co_return;
      case Script::Kind::kClose:
        delivery.close_in_order();
        co_return;
      case Script::Kind::kReset:
        delivery.reset();
        co_return;
    }
    if (!goes_on) co_return;
  }
  if (chunked) {
    co_await delivery.end_chunks();
  } else if (script.steps_.empty()) {
    co_await delivery.send(script.status_, script.fields_, "");
  } else if (!complete) {
    delivery.close_in_order();
  }
}

}  // namespace pointsman::simulate
