#include "admin/endpoint.h"

#include <array>

#include "admin/audit.h"
#include "admin/classifiers.h"
#include "admin/config_view.h"
#include "admin/decision_detail.h"
#include "admin/decisions.h"
#include "admin/feedback.h"
#include "admin/frontier.h"
#include "admin/keys.h"
#include "admin/missed_decisions.h"
#include "admin/overview.h"
#include "admin/playground.h"
#include "admin/providers.h"
#include "admin/quality.h"
#include "admin/review.h"
#include "admin/savings.h"
#include "admin/sign_in.h"
#include "admin/status.h"

namespace pointsman::admin {
namespace {

using config::AdminRole;
using http::Method;
using Names = std::string_view;

constexpr std::array<Names, 5> kSavings = {"since", "until", "by", "category", "model"};

constexpr std::array<Names, 2> kRange = {"since", "until"};
constexpr std::array<Names, 6> kAudit = {"since", "until", "who", "kind", "limit", "cursor"};
constexpr std::array<Names, 6> kLive = {"category", "model", "stage", "outcome", "key", "fallback"};

constexpr std::array kEndpoints = {
    Endpoint{Method::kPost, "/login", std::nullopt, {}, post_login},
    Endpoint{Method::kPost, "/logout", AdminRole::kViewer, {}, post_logout},
    Endpoint{Method::kGet, "/session", AdminRole::kViewer, {}, get_session},
    Endpoint{Method::kGet, "/savings", AdminRole::kViewer, kSavings, get_savings},

    Endpoint{Method::kGet, "/status", AdminRole::kViewer, {}, get_status},
    Endpoint{Method::kGet, "/providers", AdminRole::kViewer, kRange, get_providers},
    Endpoint{Method::kGet, "/config", AdminRole::kAdmin, {}, get_config},
    Endpoint{Method::kPost, "/config/validate", AdminRole::kAdmin, {}, post_validate},
    Endpoint{Method::kGet, "/keys", AdminRole::kViewer, {}, get_keys},
    Endpoint{Method::kPost, "/keys", AdminRole::kAdmin, {}, post_key},
    Endpoint{Method::kPost, "/keys/{name}/rotate", AdminRole::kAdmin, {}, post_key_rotate},
    Endpoint{Method::kPost, "/keys/{name}/revoke", AdminRole::kAdmin, {}, post_key_revoke},
    Endpoint{Method::kGet, "/classifiers", AdminRole::kViewer, {}, get_classifiers},
    Endpoint{Method::kPost, "/classifiers/rollback", AdminRole::kAdmin, {}, post_rollback},
    Endpoint{Method::kPost, "/classifiers/withdraw", AdminRole::kAdmin, {}, post_withdraw},
    Endpoint{Method::kPost, "/classifiers/{version}/promote", AdminRole::kAdmin, {}, post_promote},
    Endpoint{Method::kPost, "/training", AdminRole::kAdmin, {}, post_training},
    Endpoint{Method::kGet, "/audit", AdminRole::kAdmin, kAudit, get_audit},
    Endpoint{Method::kPost, "/route", AdminRole::kViewer, {}, post_route},
    Endpoint{Method::kPost, "/run", AdminRole::kAdmin, {}, post_run},
    Endpoint{Method::kGet, "/decisions/live", AdminRole::kViewer, kLive, get_missed},

    Endpoint{Method::kGet, "/overview", AdminRole::kViewer, kOverviewQuery, get_overview},
    Endpoint{Method::kGet, "/decisions", AdminRole::kViewer, kDecisionsQuery, get_decisions},
    Endpoint{Method::kGet, "/decisions/{id}", AdminRole::kViewer, {}, get_decision},
    Endpoint{Method::kPost, "/decisions/{id}/feedback", AdminRole::kLabeller, {}, post_feedback},
    Endpoint{Method::kDelete, "/feedback/{id}", AdminRole::kLabeller, {}, delete_feedback},
    Endpoint{Method::kGet, "/review", AdminRole::kLabeller, {}, get_review},
    Endpoint{Method::kPost, "/review/take", AdminRole::kLabeller, {}, post_review_take},
    Endpoint{Method::kPost, "/review/{id}/answer", AdminRole::kLabeller, {}, post_review_answer},
    Endpoint{Method::kPost, "/review/{id}/skip", AdminRole::kLabeller, {}, post_review_skip},
    Endpoint{Method::kGet, "/quality", AdminRole::kViewer, kQualityQuery, get_quality},
    Endpoint{Method::kGet, "/quality/examples", AdminRole::kViewer, kExamplesQuery, get_quality_examples},
    Endpoint{Method::kGet, "/frontier", AdminRole::kViewer, kFrontierQuery, get_frontier},
};

// The next part of a path: "/decisions/x" gives "decisions" and leaves "/x".
std::string_view take_part(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size());
  return part;
}

std::optional<std::vector<std::string>> fits(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parts;
  while (!pattern.empty() && !path.empty()) {
    if (path.front() != '/') return std::nullopt;
    const std::string_view wanted = take_part(pattern);
    const std::string_view given = take_part(path);
    if (wanted.starts_with('{')) {
      if (given.empty()) return std::nullopt;
      parts.emplace_back(given);
    } else if (wanted != given) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parts;
}

}  // namespace

base::Result<void> Call::note(std::string_view kind, std::string_view subject, std::string_view detail) const {
  PM_TRY(ledger::AuditStore * audit, books.audit());
  return audit->note({.at = request.at,
                      .who = user,
                      .kind = std::string(kind),
                      .subject = std::string(subject),
                      .detail = std::string(detail),
                      .from = request.peer});
}

std::span<const Endpoint> endpoints() {
  return kEndpoints;
}

// A path that is written out goes before one with a {name}: the table has those first.
std::optional<Match> find_endpoint(Method method, std::string_view path) {
  if (method == Method::kHead) method = Method::kGet;
  std::optional<Match> other;
  for (const Endpoint& one : kEndpoints) {
    auto parts = fits(one.path, path);
    if (!parts) continue;
    if (one.method == method) return Match{.endpoint = &one, .parts = std::move(*parts)};
    other = Match{};
  }
  return other;
}

}  // namespace pointsman::admin
