// A table of a page, in full or folded under a line to click.
//
// Cells are HTML: the caller has escaped what is not (svg_plot.h, html_text). Pure.
#pragma once

#include <string>
#include <vector>

namespace pointsman::cli {

class HtmlTable {
 public:
  explicit HtmlTable(std::vector<std::string> titles) : titles_(std::move(titles)) {}

  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  std::string table() const;
  // The table, folded under a line "the numbers".
  std::string folded() const;

 private:
  std::vector<std::string> titles_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace pointsman::cli
