// An aligned table for people: columns as wide as what is in them, numbers to the right.
//
// Rows are kept until print(), which may come more than once: widths only grow, so that long output can go out in
// parts.
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"

namespace pointsman::cli {

class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  // `indent` spaces begin every line.
  explicit Table(std::vector<Column> columns, std::size_t indent = 0);

  // As many cells as there are columns. Cells must be printable (text_format.h).
  void add(std::vector<std::string> cells);
  std::size_t size() const { return rows_.size(); }
  // The titles (the first time) and all rows since the last call.
  void print(Output& out);
  // The same without titles.
  void print_rows(Output& out);

 private:
  std::string line(const std::vector<std::string>& cells) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
  std::size_t indent_;
  bool titled_ = false;
};

}  // namespace pointsman::cli
