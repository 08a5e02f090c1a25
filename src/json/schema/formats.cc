#include "json/schema/formats.h"

#include <algorithm>
#include <iterator>

namespace pointsman::json::schema {
namespace {

struct Format {
  std::string_view name;
  std::string_view expression;
};

// RFC 3339, section 5.6 (letters may be small; a leap second is allowed everywhere).
#define PM_DATE \
  R"([0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9])))"
#define PM_TIME \
  R"((?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?(?:[zZ]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]))"
#define PM_BYTE R"((?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9]))"
#define PM_IPV4 PM_BYTE R"((?:\.)" PM_BYTE R"(){3})"
#define PM_LABEL R"([0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?)"
// RFC 3339, appendix A.
#define PM_DAYS R"((?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D))"
#define PM_HOURS R"((?:T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)))"
// RFC 5322, section 3.4.1, and RFC 5321, section 4.1.3.
#define PM_ATOM R"([^\x00-\x20\x7f"(),.:;<>@\[\\\]]+)"

constexpr Format kFormats[] = {
    {"date", "^" PM_DATE "$"},
    {"date-time", "^" PM_DATE "[tT]" PM_TIME "$"},
    {"duration", "^P(?:[0-9]+W|" PM_DAYS "(?:" PM_HOURS ")?|" PM_HOURS ")$"},
    {"email", R"(^(?:)" PM_ATOM R"((?:\.)" PM_ATOM R"()*|"(?:[^"\\]|\\.)*")@(?:)" PM_LABEL R"((?:\.)" PM_LABEL
              R"()*|\[[^\]]*\])$)"},
    // RFC 1123, section 2.1.
    {"hostname", "^" PM_LABEL R"((?:\.)" PM_LABEL R"()*$)"},
    {"ipv4", "^" PM_IPV4 "$"},
    // RFC 4291, section 2.2; how many groups '::' leaves room for is not counted.
    {"ipv6",
     R"(^(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){6})" PM_IPV4
     R"(|(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?::(?:(?:[0-9A-Fa-f]{1,4}:){0,6}(?:[0-9A-Fa-f]{1,4}|)" PM_IPV4
     R"())?)$)"},
    {"time", "^" PM_TIME "$"},
    // RFC 4122, section 3.
    {"uuid", "^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"},
};
static_assert(std::ranges::is_sorted(kFormats, {}, &Format::name));

#undef PM_DATE
#undef PM_TIME
#undef PM_BYTE
#undef PM_IPV4
#undef PM_LABEL
#undef PM_DAYS
#undef PM_HOURS
#undef PM_ATOM

}  // namespace

std::string_view format_expression(std::string_view format) {
  const auto* const found = std::ranges::lower_bound(kFormats, format, {}, &Format::name);
  return found != std::end(kFormats) && found->name == format ? found->expression : std::string_view();
}

}  // namespace pointsman::json::schema
