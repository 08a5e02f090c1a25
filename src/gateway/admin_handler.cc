#include "gateway/admin_handler.h"

#include "gateway/client_error.h"
#include "gateway/savings_query.h"
#include "net/cancel.h"
#include "net/event.h"

namespace pointsman::gateway {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kSavings = "/admin/v1/savings";
constexpr std::chrono::seconds kPatience{60};

class SavingsErrand final : public ReportErrand, public std::enable_shared_from_this<SavingsErrand> {
 public:
  SavingsErrand(net::Loop& loop, SavingsQuery query) : loop_(loop), query_(std::move(query)) {}

  Result<std::string> make(ledger::Reader& ledger) override {
    ledger::SavingsFold fold(query_.by);
    PM_CHECK(ledger.scan(query_.filter, [&](const ledger::Entry& entry) {
      fold.add(entry);
      return wanted();
    }));
    if (!wanted()) return base::fail(ErrorCode::kCancelled, "nobody waits for the report");
    std::string out;
    append_json(out, fold.report());
    return out;
  }
  void done(Result<std::string> report) override {
    loop_.post([self = shared_from_this(), came = std::move(report)]() mutable {
      self->report_ = std::move(came);
      self->woken_.signal();
    });
  }

  // On the loop: the report, or why there is none.
  net::Awaitable<Result<std::string>> wait(net::CancelToken& cancel) {
    net::Timer timer(loop_.context());
    timer.expires_after(kPatience);
    timer.async_wait([self = shared_from_this()](net::ErrorCondition error) {
      if (!error) self->woken_.signal();
    });
    const net::CancelToken::Scope scope(
        cancel, [](void* event) { static_cast<net::Event*>(event)->signal(); }, &woken_);
    co_await woken_.wait();
    if (report_) co_return std::move(*report_);
    abandon();
    co_return base::fail(ErrorCode::kOverloaded, "the report was not ready in time");
  }

 private:
  net::Loop& loop_;
  const SavingsQuery query_;
  // On the loop only:
  net::Event woken_;
  std::optional<Result<std::string>> report_;
};

net::Awaitable<> answer_error(http::Exchange& exchange, const Error& error) {
  const ErrorAnswer answer = describe_error(llm::Protocol::kChatCompletions, for_client(error));
  std::string body;
  write_error_body(llm::Protocol::kChatCompletions, for_client(error), body);
  co_await exchange.send(answer.status, "application/json", body);
}

}  // namespace

net::Awaitable<> AdminHandler::serve(http::Exchange& exchange) {
  if (exchange.head().path != kSavings) {
    co_await worker_.serve(exchange);
  } else if (exchange.head().method != http::Method::kGet && exchange.head().method != http::Method::kHead) {
    std::string body;
    write_error_body(llm::Protocol::kChatCompletions,
                     Error(ErrorCode::kInvalidArgument, "use GET here", base::Origin::kClient), body);
    co_await exchange.send(405, "application/json", body, "allow: GET, HEAD\r\n");
  } else {
    co_await savings(exchange);
  }
}

net::Awaitable<> AdminHandler::savings(http::Exchange& exchange) {
  auto query = read_savings_query(exchange.head().query, clock_.wall());
  if (!query) {
    co_await answer_error(exchange, query.error());
    co_return;
  }
  const auto errand = std::make_shared<SavingsErrand>(exchange.loop(), std::move(*query));
  switch (desk_.offer(errand)) {
    case ReportDesk::Offer::kFull:
      co_await answer_error(exchange, Error(ErrorCode::kOverloaded, "too many reports are being made"));
      co_return;
    case ReportDesk::Offer::kClosed:
      co_await answer_error(exchange, Error(ErrorCode::kOverloaded, "the gateway is stopping"));
      co_return;
    case ReportDesk::Offer::kTaken:
      break;
  }
  exchange.watch();
  const auto report = co_await errand->wait(exchange.cancel());
  if (exchange.client_gone()) co_return;
  if (!report) {
    co_await answer_error(exchange, report.error());
  } else {
    co_await exchange.send(200, "application/json", *report);
  }
}

}  // namespace pointsman::gateway
