#include "cli/html_table.h"

namespace pointsman::cli {

std::string HtmlTable::table() const {
  std::string out = "<table>\n<thead><tr>";
  for (const std::string& title : titles_) out += "<th scope=\"col\">" + title + "</th>";
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows_) {
    out += "<tr>";
    for (const std::string& cell : row) out += "<td>" + cell + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table>\n";
}

std::string HtmlTable::folded() const {
  return "<details><summary>the numbers</summary>\n" + table() + "</details>\n";
}

}  // namespace pointsman::cli
