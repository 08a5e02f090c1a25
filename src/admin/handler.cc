#include "admin/handler.h"

#include <fmt/format.h>

#include <array>

#include "admin/missed_decisions.h"
#include "net/cancel.h"
#include "net/event.h"

namespace pointsman::admin {

using base::Result;

namespace {

constexpr std::string_view kApi = "/admin/v1";
constexpr std::string_view kPages = "/dashboard";
constexpr std::string_view kLive = "/decisions/live";
constexpr std::size_t kMostBody = 1U << 20;
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::seconds kPause{15};  // after which a quiet tail shows that it lives
constexpr std::string_view kApiFields =
    "cache-control: no-store\r\n"
    "x-content-type-options: nosniff\r\n"
    "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n";

std::string field(const http::RequestHead& head, std::string_view name) {
  return std::string(head.find(name).value_or(std::string_view()));
}

Request read_head(const http::Exchange& exchange, base::WallTime now) {
  const http::RequestHead& head = exchange.head();
  Request out{.method = head.method};
  out.path = head.path.substr(kApi.size());
  out.query = head.query;
  out.content_type = field(head, "content-type");
  out.cookie = field(head, "cookie");
  out.csrf = field(head, "x-pointsman-csrf");
  out.host = head.host;
  out.origin = field(head, "origin");
  out.idempotency_key = field(head, "idempotency-key");
  out.last_event_id = field(head, "last-event-id");
  out.peer = exchange.peer();
  out.at = now;
  return out;
}

// An errand whose answer comes back to a loop.
class LoopErrand final : public Errand, public std::enable_shared_from_this<LoopErrand> {
 public:
  LoopErrand(net::Loop& loop, Request request, Ticket ticket)
      : Errand(std::move(request), std::move(ticket)), loop_(loop) {}

  void done(Answer answer) override {
    loop_.post([self = shared_from_this(), came = std::move(answer)]() mutable {
      self->answer_ = std::move(came);
      self->woken_.signal();
    });
  }

  // On the loop.
  net::Awaitable<Answer> wait(net::CancelToken& cancel) {
    net::Timer timer(loop_.context());
    timer.expires_after(kPatience);
    timer.async_wait([self = shared_from_this()](net::ErrorCondition error) {
      if (!error) self->woken_.signal();
    });
    const net::CancelToken::Scope scope(
        cancel, [](void* event) { static_cast<net::Event*>(event)->signal(); }, &woken_);
    co_await woken_.wait();
    if (answer_) co_return std::move(*answer_);
    abandon();
    co_return refuse(503, "the answer was not ready in time");
  }

 private:
  net::Loop& loop_;
  // On the loop only:
  net::Event woken_;
  std::optional<Answer> answer_;
};

}  // namespace

// What a tail's seat and the clock wake: they may do so when the request is over.
struct Handler::Doorbell : std::enable_shared_from_this<Doorbell> {
  explicit Doorbell(net::Loop& to) : loop(to) {}
  void ring() {
    loop.post([self = shared_from_this()] { self->news.signal(); });
  }
  net::Loop& loop;
  net::Event news;
};

net::Awaitable<> Handler::serve(http::Exchange& exchange) {
  const std::string_view path = exchange.head().path;
  if (path.starts_with(kApi) && path.substr(kApi.size()).starts_with('/')) {
    co_await serve_api(exchange);
  } else if (path == "/" || path == kPages) {
    co_await exchange.send(307, "text/plain", "", "location: /dashboard/\r\n");
  } else if (path.starts_with(kPages) && path.substr(kPages.size()).starts_with('/')) {
    co_await serve_page(exchange, path.substr(kPages.size()));
  } else {
    co_await others_.serve(exchange);
  }
}

net::Awaitable<> Handler::serve_page(http::Exchange& exchange, std::string_view path) {
  const http::RequestHead& head = exchange.head();
  if (head.method != http::Method::kGet && head.method != http::Method::kHead) {
    co_await exchange.send(405, "text/plain", "use GET here\n", "allow: GET, HEAD\r\n");
    co_return;
  }
  const Page* const page = Pages::built_in().find(path);
  if (page == nullptr) {
    co_await exchange.send(404, "text/plain", "there is no such file\n", page_fields());
    co_return;
  }
  const bool packed = !page->brotli.empty() && takes_brotli(head.find("accept-encoding").value_or(std::string_view()));
  const std::string tag = fmt::format("\"{}{}\"", page->digest, packed ? "-br" : "");
  std::string fields(page_fields());
  fields += fmt::format("etag: {}\r\nvary: accept-encoding\r\ncache-control: {}\r\n", tag,
                        page->immutable() ? "public, max-age=31536000, immutable" : "no-store");
  if (head.find("if-none-match") == std::string_view(tag)) {
    co_await exchange.send(304, page->content_type, "", fields);
    co_return;
  }
  if (packed) fields += "content-encoding: br\r\n";
  co_await exchange.send(200, page->content_type, packed ? page->brotli : page->bytes, fields);
}

net::Awaitable<> Handler::serve_api(http::Exchange& exchange) {
  Request request = read_head(exchange, office_.clock.wall());
  const auto body = co_await exchange.read_body();
  std::expected<Ticket, Answer> ticket;
  if (!body) {
    ticket = std::unexpected(refuse(body.error()));
  } else if (body->size() > kMostBody) {
    ticket = std::unexpected(refuse(413, "the body is larger than 1 MiB"));
  } else {
    request.body = *body;
    ticket = admit(request, office_.staff);
  }
  if (ticket && request.path == kLive) {
    co_await serve_live(exchange, std::move(request), std::move(*ticket));
    co_return;
  }
  exchange.watch();
  Answer answer = ticket ? co_await ask_desk(exchange, std::move(request), std::move(*ticket)) : ticket.error();
  if (exchange.client_gone()) co_return;
  answer.fields += kApiFields;
  co_await exchange.send(answer.status, "application/json", answer.body, answer.fields);
}

net::Awaitable<Answer> Handler::ask_desk(http::Exchange& exchange, Request request, Ticket ticket) {
  const auto errand = std::make_shared<LoopErrand>(exchange.loop(), std::move(request), std::move(ticket));
  switch (office_.desk.offer(errand)) {
    case Desk::Offer::kFull:
      co_return refuse(503, "too many reports are being made");
    case Desk::Offer::kClosed:
      co_return refuse(503, "the gateway is stopping");
    case Desk::Offer::kTaken:
      break;
  }
  co_return co_await errand->wait(exchange.cancel());
}

net::Awaitable<> Handler::serve_live(http::Exchange& exchange, Request request, Ticket ticket) {
  const auto refusal = [&exchange](const Answer& answer) -> net::Awaitable<> {
    co_await exchange.send(answer.status, "application/json", answer.body, answer.fields + std::string(kApiFields));
  };
  const auto query = Query::parse(request.query, ticket.endpoint->query, request.at);
  auto filter = query ? query->filter({}) : std::unexpected(query.error());
  if (!filter) {
    co_await refusal(refuse(filter.error()));
    co_return;
  }
  filter->since.reset();
  filter->until.reset();
  const auto bell = std::make_shared<Doorbell>(exchange.loop());
  const auto seat = office_.tail.sit(std::move(*filter), [bell] { bell->ring(); });
  if (!seat) {
    co_await refusal(refuse(503, "too many watch already"));
    co_return;
  }
  exchange.watch();
  const std::string token(session_token(request.cookie));
  Answer missed;
  if (!request.last_event_id.empty()) {
    missed = co_await ask_desk(exchange, std::move(request), std::move(ticket));
    if (missed.status != 200) {
      co_await refusal(missed);
      co_return;
    }
  }
  co_await follow(exchange, token, *seat, bell, std::move(missed.body));
}

net::Awaitable<> Handler::follow(http::Exchange& exchange, std::string token, Seat& seat,
                                 std::shared_ptr<Doorbell> bell, std::string missed) {
  exchange.end_by_closing();
  exchange.start_head(200) += "content-type: text/event-stream\r\n" + std::string(kApiFields);
  const std::array<std::string_view, 1> first{missed};
  if (!co_await exchange.send_head(first)) co_return;
  const net::CancelToken::Scope scope(
      exchange.cancel(), [](void* event) { static_cast<net::Event*>(event)->signal(); }, &bell->news);
  net::Timer timer(exchange.loop().context());
  while (!exchange.cancel().requested() && office_.staff.sessions.holds(token, office_.clock.wall())) {
    std::string out;
    const Seat::News came = seat.take();
    if (came.missed > 0) out += event_text("lagged", {}, fmt::format(R"({{"missed":{}}})", came.missed));
    for (const Seat::Row& row : came.rows) {
      if (!missed.contains(row.id)) out += event_text("decision", row.id, row.json);
    }
    if (out.empty()) out = ": still here\n\n";
    const std::array<std::string_view, 1> piece{out};
    if (!co_await exchange.write(piece)) co_return;
    timer.expires_after(kPause);  // ends the wait before
    timer.async_wait([bell](net::ErrorCondition error) {
      if (!error) bell->news.signal();
    });
    co_await bell->news.wait();
  }
  exchange.finish();
}

}  // namespace pointsman::admin
