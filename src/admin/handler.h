// The operators' listener: the dashboard's pages, the API under /admin/v1, and all that the other listeners answer.
//
// One per worker; on its loop, where nothing waits for the disk: requests go to the desk's threads as values.
#pragma once

#include <string>
#include <string_view>

#include "admin/desk.h"
#include "admin/live_tail.h"
#include "admin/pages.h"
#include "base/clock.h"
#include "http/server.h"

namespace pointsman::admin {

// What the handlers of all workers share; everything outlives them.
struct Office {
  Desk& desk;
  Staff& staff;
  LiveTail& tail;
  const base::Clock& clock;
};

class Handler final : public http::Handler {
 public:
  // `others` answers what is neither page nor API: the worker.
  Handler(http::Handler& others, const Office& office) : others_(others), office_(office) {}

  net::Awaitable<> serve(http::Exchange& exchange) override;
  std::string refusal(const base::Error& error, int status, std::string_view path) override {
    return others_.refusal(error, status, path);
  }

 private:
  net::Awaitable<> serve_page(http::Exchange& exchange, std::string_view path);
  net::Awaitable<> serve_api(http::Exchange& exchange);
  // The desk's answer; a refusal where it has no room, or did not answer in time.
  net::Awaitable<Answer> ask_desk(http::Exchange& exchange, Request request, Ticket ticket);
  net::Awaitable<> serve_live(http::Exchange& exchange, Request request, Ticket ticket);
  struct Doorbell;
  // Writes what comes to the seat until the client leaves or his session ends.
  net::Awaitable<> follow(http::Exchange& exchange, std::string token, Seat& seat, std::shared_ptr<Doorbell> bell,
                          std::string missed);

  http::Handler& others_;
  Office office_;
};

}  // namespace pointsman::admin
