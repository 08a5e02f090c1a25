#include "gateway/presented_key.h"

#include <string>

namespace pointsman::gateway {
namespace {

constexpr std::string_view kScheme = "bearer";

std::unexpected<base::Error> refuse(std::string_view header, std::string why) {
  return base::fail(
      base::Error(base::ErrorCode::kUnauthorized, std::move(why), base::Origin::kClient).at(std::string(header)));
}

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// RFC 6750 section 2.1, with the scheme in any case as RFC 9110 section 11.1 has it.
base::Result<std::string_view> bearer_token(std::string_view value) {
  const std::string_view scheme = value.substr(0, value.find(' '));
  if (!http::equal_ignoring_case(scheme, kScheme)) {
    return refuse("authorization", "Only \"Authorization: Bearer <key>\" is understood.");
  }
  return without_blanks(value.substr(scheme.size()));
}

}  // namespace

base::Result<std::optional<std::string_view>> presented_key(const http::FieldList& fields) {
  std::optional<std::string_view> found;
  for (const http::Field& field : fields) {
    const bool authorization = http::equal_ignoring_case(field.name, "authorization");
    if (!authorization && !http::equal_ignoring_case(field.name, "x-api-key") &&
        !http::equal_ignoring_case(field.name, "api-key")) {
      continue;
    }
    std::string_view token = without_blanks(field.value);
    if (authorization) {
      PM_TRY(token, bearer_token(token));
    }
    if (token.empty()) return refuse(field.name, "The API key is empty.");
    if (found && *found != token) return refuse(field.name, "The request carries two API keys that differ.");
    found = token;
  }
  return found;
}

}  // namespace pointsman::gateway
