// The endpoints of the operators' API (docs/admin-api.md): where each is, whose role it takes, what its query may hold,
// and the function that answers.
//
// Static data. A test holds the table equal to web/src/api/endpoints.json, which the dashboard and the page are made
// of.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/books.h"
#include "admin/query.h"
#include "admin/request.h"
#include "admin/staff.h"
#include "admin/world.h"
#include "base/clock.h"
#include "base/uuid.h"

namespace pointsman::admin {

// What a function that answers is given; on one of the desk's threads.
struct Call {
  const Request& request;
  const Query& query;
  const std::vector<std::string>& parts;  // of the path, in place of its {names}
  const std::string& user;                // who is signed in; empty where nobody has to be
  config::AdminRole role;
  Books& books;
  World& world;
  Staff& staff;
  const base::Clock& clock;
  base::UuidGenerator& ids;
  // Whether anybody still waits for the answer: long scans ask, and end.
  const std::function<bool()>& wanted;

  // Notes it in the audit record, with who, when and from where.
  base::Result<void> note(std::string_view kind, std::string_view subject, std::string_view detail) const;
};

// Errors become refusals (request.h).
using Handle = base::Result<Answer> (*)(Call& call);

struct Endpoint {
  http::Method method = http::Method::kGet;
  std::string_view path;                  // "/decisions/{id}/feedback"
  std::optional<config::AdminRole> role;  // nothing: whoever comes
  std::span<const std::string_view> query;
  Handle handle = nullptr;
};

std::span<const Endpoint> endpoints();

struct Match {
  const Endpoint* endpoint = nullptr;
  std::vector<std::string> parts;
};
// Nothing: there is no such path. An endpoint of another method where only those are there: then `endpoint` is null.
// HEAD is GET.
std::optional<Match> find_endpoint(http::Method method, std::string_view path);

}  // namespace pointsman::admin
