// Which database, and how long to wait for it.
//
// A plain value. The URL is one of libpq's ("postgresql://user@host:5432/name?sslmode=verify-full", several hosts too)
// and holds no password.
#pragma once

#include <chrono>
#include <string>

#include "base/secret.h"

namespace pointsman::ledger_postgres {

struct Target {
  std::string url;
  base::Secret password;  // empty: none, or what libpq finds by itself (~/.pgpass)
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{5'000};  // of one statement, or of statements that are sent together
};

}  // namespace pointsman::ledger_postgres
