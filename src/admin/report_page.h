// `pointsman report --html`: the overview, the quality and the frontier of a period as one HTML page with its pictures,
// fit to be sent to somebody. Nothing is loaded from elsewhere, nothing runs, light or dark as the reader's system is.
//
// Pure: made of the answers that the dashboard gets (docs/admin-api.md); the same answers give the same bytes. Names are
// escaped, the page's own policy forbids scripts, and no prompt is on it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pointsman::admin {

// The bodies of GET /savings, /overview, /quality (set=all) and /frontier.
struct ReportParts {
  std::string_view savings;
  std::string_view overview;
  std::string_view quality;
  std::string_view frontier;
  std::string_view version;  // of the program
};

// kParse where a part is not what the API answers.
base::Result<std::string> report_page(const ReportParts& parts);

}  // namespace pointsman::admin
