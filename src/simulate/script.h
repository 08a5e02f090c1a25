// Answers written down by a test: exactly these bytes, for exactly these requests, failing exactly there.
//
//   ScriptedProvider provider;
//   provider.when("/v1/chat/completions").times(1).then_status(429).then_header("retry-after", "1").then_body("{}");
//   provider.when("/v1/chat/completions", body_contains("hello")).then_stream({"data: a\n\n", "data:
//   b\n\n"}).then_close();
//
// Of the rules that match and are not used up, the first one answers; none: 404. Rules are added before the loop
// starts or from any thread; a rule must not be changed once a request may match it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "http/server.h"
#include "simulate/fault.h"

namespace pointsman::simulate {

struct SeenRequest {
  std::string method;
  std::string target;
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The first header of that name, or "".
  std::string header(std::string_view name) const;
};

using Predicate = std::function<bool(const SeenRequest&)>;
Predicate body_contains(std::string text);

// What happens, step by step. The head goes out with the first body, chunk or the end.
class Script {
 public:
  Script& times(std::uint32_t most) { return left_ = most, *this; }
  Script& then_status(int status) { return status_ = status, *this; }
  Script& then_header(std::string name, std::string value);
  // A body with its Content-Length: the whole answer.
  Script& then_body(std::string body) { return step(Kind::kBody, std::move(body)); }
  // Chunks of a chunked answer as they are, one write each; ends in order unless a later step ends it otherwise.
  Script& then_stream(const std::vector<std::string>& chunks);
  // Bytes past all framing.
  Script& then_raw(std::string bytes) { return step(Kind::kRaw, std::move(bytes)); }
  Script& then_wait(std::chrono::milliseconds time) { return step(Kind::kWait, {}, time); }
  // Until `ready`, asked from the loop every few milliseconds; the test decides, not the clock.
  Script& then_wait_until(std::function<bool()> ready);
  // Says no more until the client leaves.
  Script& then_hang() { return step(Kind::kHang); }
  // FIN, or RST, here: whatever the framing promised.
  Script& then_close() { return step(Kind::kClose); }
  Script& then_reset() { return step(Kind::kReset); }
  // RST instead of reading the request's body.
  Script& fail_before_body() { return refuses_body_ = true, *this; }
  // Cuts the response, head included, after that many bytes.
  Script& fail_after(std::uint64_t bytes, FaultKind how = FaultKind::kReset);

 private:
  friend class ScriptedProvider;
  enum class Kind : std::uint8_t { kBody, kChunk, kRaw, kWait, kWaitUntil, kHang, kClose, kReset };
  struct Step {
    Kind kind;
    std::string text;
    std::chrono::milliseconds time{};
    std::function<bool()> ready{};
  };
  Script& step(Kind kind, std::string text = {}, std::chrono::milliseconds time = {});

  std::string path_;
  Predicate predicate_;
  std::uint32_t left_ = UINT32_MAX;
  int status_ = 200;
  std::string fields_;
  std::vector<Step> steps_;
  bool refuses_body_ = false;
  Fault fault_;
};

class ScriptedProvider final : public http::Handler {
 public:
  // Answers requests for `path` that satisfy the predicate (if any). The reference stays valid.
  Script& when(std::string path, Predicate predicate = {});
  std::vector<SeenRequest> requests() const;

  net::Awaitable<> serve(http::Exchange& exchange) override;
  std::string refusal(const base::Error& error, int status, std::string_view path) override;

 private:
  const Script* choose(const SeenRequest& request);
  bool refuses_body(const SeenRequest& request) const;
  net::Awaitable<> play(http::Exchange& exchange, const Script& script);

  mutable std::mutex mutex_;
  std::deque<Script> scripts_;
  std::vector<SeenRequest> seen_;
};

}  // namespace pointsman::simulate
