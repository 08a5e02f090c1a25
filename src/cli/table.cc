#include "cli/table.h"

#include <algorithm>

#include "cli/text_format.h"

namespace pointsman::cli {

Table::Table(std::vector<Column> columns, std::size_t indent) : columns_(std::move(columns)), indent_(indent) {
  for (const Column& column : columns_) widths_.push_back(columns_of(column.title));
}

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], columns_of(cells[i]));
  rows_.push_back(std::move(cells));
}

std::string Table::line(const std::vector<std::string>& cells) const {
  std::string out(indent_, ' ');
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string gap(widths_[i] - columns_of(cells[i]), ' ');
    if (i > 0) out += "  ";
    out += columns_[i].align == Align::kRight ? gap + cells[i] : cells[i] + gap;
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

void Table::print(Output& out) {
  if (!titled_) {
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    out.write(out.bold(line(titles)) + "\n");
    titled_ = true;
  }
  print_rows(out);
}

void Table::print_rows(Output& out) {
  for (const auto& row : rows_) out.write(line(row) + "\n");
  rows_.clear();
}

}  // namespace pointsman::cli
