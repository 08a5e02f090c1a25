#include "admin/gate.h"

#include <fmt/format.h>

namespace pointsman::admin {
namespace {

// The host and port of "http://host:port"; empty for "null" and anything without a scheme.
std::string_view host_of(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

std::string_view without_parameters(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  return content_type;
}

// What a page of somebody else cannot make a browser send: a header of our own, and our own Origin.
std::optional<Answer> foreign(const Request& request) {
  if (request.csrf != "1") return refuse(403, "the header x-pointsman-csrf: 1 is missing", "x-pointsman-csrf", "csrf");
  if (!request.origin.empty() && host_of(request.origin) != request.host) {
    return refuse(403, "the request comes from a page of somebody else", "origin", "csrf");
  }
  return std::nullopt;
}

Answer wrong_method(std::string_view path) {
  Answer out = refuse(405, "that method is not for this path");
  for (const Endpoint& one : endpoints()) {
    if (!find_endpoint(one.method, path) || find_endpoint(one.method, path)->endpoint == nullptr) continue;
    const std::string_view name = one.method == http::Method::kGet    ? "GET"
                                  : one.method == http::Method::kPost ? "POST"
                                                                      : "DELETE";
    if (out.fields.empty()) {
      out.fields = fmt::format("allow: {}", name);
    } else if (!out.fields.contains(name)) {
      out.fields += fmt::format(", {}", name);
    }
  }
  out.fields += "\r\n";
  return out;
}

}  // namespace

std::expected<Ticket, Answer> admit(const Request& request, Staff& staff) {
  auto match = find_endpoint(request.method, request.path);
  if (!match) return std::unexpected(refuse(404, "there is no such path; docs/admin-api.md lists them"));
  if (match->endpoint == nullptr) return std::unexpected(wrong_method(request.path));
  const bool changes = request.method != http::Method::kGet && request.method != http::Method::kHead;
  if (changes) {
    if (auto refusal = foreign(request)) return std::unexpected(std::move(*refusal));
    if (!request.body.empty() && without_parameters(request.content_type) != "application/json") {
      return std::unexpected(refuse(415, "send application/json", "content-type"));
    }
  }
  Ticket out{.endpoint = match->endpoint, .parts = std::move(match->parts), .user = {}, .expires = {}};
  if (!out.endpoint->role) return out;
  const auto session = staff.sessions.find(session_token(request.cookie), request.at);
  const auto role = session ? staff.accounts.role_of(session->user) : std::nullopt;
  if (!role) return std::unexpected(refuse(401, "sign in first", {}, "no_session"));
  if (*role < *out.endpoint->role) {
    return std::unexpected(refuse(403,
                                  fmt::format("this takes the role {}; {} is {}", to_string(*out.endpoint->role),
                                              session->user, to_string(*role)),
                                  {}, "role"));
  }
  out.user = session->user;
  out.role = *role;
  out.expires = session->expires;
  return out;
}

}  // namespace pointsman::admin
