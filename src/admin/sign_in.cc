#include "admin/sign_in.h"

#include <fmt/format.h>

#include "admin/json_parts.h"
#include "json/strict_reader.h"
#include "json/writer.h"

namespace pointsman::admin {
namespace {

using base::Result;

constexpr std::size_t kMostBody = 4096;
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestPassword = 1024;

struct Credentials {
  std::string user;
  base::Secret password;
};

Result<Credentials> read_credentials(const std::string& body) {
  Credentials out;
  json::StrictReader in(body, kMostBody);
  PM_CHECK(in.open());
  in.object("an object with user and password",
            {{"user", [&] { out.user = in.text(kLongestName); }},
             {"password", [&] { out.password = base::Secret(in.text(kLongestPassword)); }}});
  PM_CHECK(in.result());
  return out;
}

std::string session_body(std::string_view user, config::AdminRole role, base::WallTime expires) {
  std::string out;
  json::Writer json(out);
  json.begin_object().member("user", user).member("role", to_string(role));
  write_time(json.key("expires"), expires);
  json.end_object();
  return out;
}

base::Duration must_wait(Call& call, std::string_view user) {
  const std::scoped_lock lock(call.staff.throttle_mutex);
  return call.staff.throttle.wait(user, call.request.peer, call.clock.mono());
}

void remember(Call& call, std::string_view user, bool right) {
  const std::scoped_lock lock(call.staff.throttle_mutex);
  if (right) {
    call.staff.throttle.succeeded(user, call.request.peer);
  } else {
    call.staff.throttle.failed(user, call.request.peer, call.clock.mono());
  }
}

}  // namespace

Result<Answer> post_login(Call& call) {
  PM_TRY(const Credentials who, read_credentials(call.request.body));
  if (const auto wait = must_wait(call, who.user); wait > base::Duration{}) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    Answer out = refuse(429, fmt::format("too many wrong passwords; try again in {} s", seconds), {}, "too_many_tries");
    out.fields = fmt::format("retry-after: {}\r\n", seconds);
    return out;
  }
  const auto role = call.staff.accounts.check(who.user, who.password.reveal());
  remember(call, who.user, role.has_value());
  const ledger::AuditEvent event{.at = call.request.at,
                                 .who = who.user,
                                 .kind = role ? "login" : "login_refused",
                                 .subject = role ? std::string(to_string(*role)) : std::string(),
                                 .detail = {},
                                 .from = call.request.peer};
  PM_TRY(ledger::AuditStore * audit, call.books.audit());
  PM_CHECK(audit->note(event));
  if (!role) return refuse(401, "the name or the password is wrong", {}, "wrong_password");
  PM_TRY(const std::string token, call.staff.sessions.open(who.user, call.request.at));
  return Answer{.status = 200,
                .body = session_body(who.user, *role, call.request.at + SessionBook::kIdle),
                .fields = session_cookie(token)};
}

Result<Answer> post_logout(Call& call) {
  call.staff.sessions.close(session_token(call.request.cookie));
  PM_CHECK(call.note("logout", {}, {}));
  Answer out = done();
  out.fields = session_cookie({});
  return out;
}

Result<Answer> get_session(Call& call) {
  const auto session = call.staff.sessions.find(session_token(call.request.cookie), call.request.at);
  if (!session) return refuse(401, "sign in first", {}, "no_session");
  return Answer{.status = 200, .body = session_body(call.user, call.role, session->expires), .fields = {}};
}

}  // namespace pointsman::admin
