// The people of the dashboard: who may sign in, who has, and who guesses; and the reports that were made for them.
//
// One per process, made by the composition root. Safe from any thread.
#pragma once

#include <mutex>

#include "admin/accounts.h"
#include "admin/login_throttle.h"
#include "admin/report_shelf.h"
#include "admin/review_book.h"
#include "admin/session_book.h"

namespace pointsman::admin {

struct Staff {
  Accounts accounts;
  SessionBook sessions;
  std::mutex throttle_mutex;
  LoginThrottle throttle;  // behind throttle_mutex
  ReviewBook reviews;
  ReportShelf shelf;
};

}  // namespace pointsman::admin
