// What the admin listener answers: reports from the ledger under /admin/v1/, and all that the others answer.
// One per worker; on its loop.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "gateway/report_desk.h"
#include "gateway/worker.h"

namespace pointsman::gateway {

class AdminHandler final : public http::Handler {
 public:
  // All outlive it.
  AdminHandler(Worker& worker, ReportDesk& desk, const base::Clock& clock)
      : worker_(worker), desk_(desk), clock_(clock) {}

  net::Awaitable<> serve(http::Exchange& exchange) override;
  std::string refusal(const base::Error& error, int status, std::string_view path) override {
    return worker_.refusal(error, status, path);
  }

 private:
  net::Awaitable<> savings(http::Exchange& exchange);

  Worker& worker_;
  ReportDesk& desk_;
  const base::Clock& clock_;
};

}  // namespace pointsman::gateway
