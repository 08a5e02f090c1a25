// The way of POST /v1/feedback and POST /v1/feedback/import through the gateway: admit, read, have it kept, answer. One
// object per request, on the worker's loop.
//
// 200 is sent only after what was said is on the disk.
#pragma once

#include "gateway/feedback_call.h"
#include "gateway/worker.h"

namespace pointsman::gateway {

class FeedbackFlow {
 public:
  FeedbackFlow(Worker& worker, http::Exchange& exchange);

  net::Awaitable<> run();
  net::Awaitable<> run_import();

 private:
  // Fails for other types: they are what a web page may send without being asked.
  base::Result<void> admit(std::span<const std::string_view> types) const;
  net::Awaitable<base::Result<FeedbackCallPtr>> read();
  net::Awaitable<base::Result<FeedbackCallPtr>> read_lines();
  net::Awaitable<> hand_in(FeedbackCallPtr call);
  net::Awaitable<> answer(const FeedbackCall& call);
  net::Awaitable<> refuse(base::Error error);
  net::Awaitable<> refuse_with(int status, std::string body);
  void count_refused(int status);
  std::vector<std::string> categories() const;

  Worker& worker_;
  http::Exchange& exchange_;
  const GenerationPtr generation_;
};

}  // namespace pointsman::gateway
