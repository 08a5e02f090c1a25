#include "gateway/feedback_flow.h"

#include "gateway/client_error.h"
#include "gateway/content_type.h"
#include "wire/openai_chat/error_body.h"

namespace pointsman::gateway {

using base::Error;
using base::ErrorCode;
using base::Origin;
using base::Result;

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::array<std::string_view, 2> kLines = {"application/x-ndjson", "application/jsonl"};

// How long a request waits: a disk that is slow, or ten thousand lines. Sending it again later is safe with a key.
constexpr std::chrono::seconds kPatience{60};
constexpr std::string_view kRetryAfter = "retry-after: 1\r\n";

}  // namespace

FeedbackFlow::FeedbackFlow(Worker& worker, http::Exchange& exchange)
    : worker_(worker), exchange_(exchange), generation_(worker.present_) {}

Result<void> FeedbackFlow::admit(std::span<const std::string_view> types) const {
  for (const std::string_view type : types) {
    if (has_content_type(exchange_.head(), type)) return {};
  }
  return base::fail(Error(ErrorCode::kUnsupported,
                          "send the request with 'content-type: " + std::string(types.front()) + "'", Origin::kClient)
                        .at("content-type"));
}

std::vector<std::string> FeedbackFlow::categories() const {
  std::vector<std::string> names;
  for (const auto& category : generation_->snapshot->policy.categories) names.push_back(category.name);
  return names;
}

net::Awaitable<Result<FeedbackCallPtr>> FeedbackFlow::read() {
  PM_CO_CHECK(admit(std::span(&kJson, 1)));
  PM_CO_TRY(const std::string_view body, co_await exchange_.read_body());
  PM_CO_TRY(ledger::Feedback said, read_feedback(body, categories(), worker_.answer_document_));
  if (const auto key = exchange_.head().find("idempotency-key")) {
    PM_CO_CHECK(take_key(*key, said));
  }
  co_return std::make_shared<FeedbackCall>(exchange_.loop(), std::move(said));
}

net::Awaitable<Result<FeedbackCallPtr>> FeedbackFlow::read_lines() {
  PM_CO_CHECK(admit(kLines));
  PM_CO_TRY(const std::string_view body, co_await exchange_.read_body());
  co_return std::make_shared<FeedbackCall>(exchange_.loop(), std::string(body), categories());
}

net::Awaitable<> FeedbackFlow::run() {
  auto call = co_await read();
  if (!call) {
    co_await refuse(call.error());
    co_return;
  }
  co_await hand_in(*call);
}

net::Awaitable<> FeedbackFlow::run_import() {
  auto call = co_await read_lines();
  if (!call) {
    co_await refuse(call.error());
    co_return;
  }
  co_await hand_in(*call);
}

net::Awaitable<> FeedbackFlow::hand_in(FeedbackCallPtr call) {
  exchange_.watch();
  const base::MonoTime deadline = net::Loop::now() + kPatience;
  switch (co_await ask_desk(worker_.parts_.feedback, call, deadline, exchange_.cancel())) {
    case FeedbackOutcome::kAnswered:
      co_await answer(*call);
      break;
    case FeedbackOutcome::kFull:
      co_await refuse(Error(ErrorCode::kOverloaded, "too much feedback waits for the disk"));
      break;
    case FeedbackOutcome::kLate:
      co_await refuse(Error(ErrorCode::kOverloaded, "the feedback was not kept in time"));
      break;
    case FeedbackOutcome::kClosed:
    case FeedbackOutcome::kCancelled:
      co_await refuse(Error(ErrorCode::kCancelled, "the gateway is stopping"));
      break;
  }
}

net::Awaitable<> FeedbackFlow::answer(const FeedbackCall& call) {
  const FeedbackAnswer& came = call.answer();
  std::string body;
  if (came.wrong > 0) {
    write_refused_import(came.problems, came.wrong, body);
    co_await refuse_with(400, std::move(body));
  } else if (came.conflict) {
    wire::openai_chat::write_error_body(*came.error, body);
    co_await refuse_with(409, std::move(body));
  } else if (came.error) {
    co_await refuse(*came.error);
  } else {
    if (came.receipt) {
      write_receipt(call.decision(), *came.receipt, body);
    } else {
      write_import(came.count, body);
    }
    co_await exchange_.send(200, kJson, body);
  }
}

net::Awaitable<> FeedbackFlow::refuse(Error error) {
  if (exchange_.client_gone()) co_return;
  count_refused(wire::openai_chat::describe(for_client(error)).status);
  const bool later = error.code() == ErrorCode::kOverloaded || error.code() == ErrorCode::kCancelled;
  co_await worker_.answer_error(exchange_, llm::Protocol::kChatCompletions, error,
                                later ? kRetryAfter : std::string_view());
}

net::Awaitable<> FeedbackFlow::refuse_with(int status, std::string body) {
  count_refused(status);
  co_await exchange_.send(status, kJson, body, "x-should-retry: false\r\n");
}

void FeedbackFlow::count_refused(int status) {
  worker_.parts_.shard.counter("pointsman_feedback_refused_total", {{"status", std::to_string(status)}}).add();
}

}  // namespace pointsman::gateway
