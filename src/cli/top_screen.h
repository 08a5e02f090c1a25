// The picture of `pointsman top`: lines that fit a terminal.
// Pure; time is an argument.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/top_view.h"

namespace pointsman::cli {

struct TopFrame {
  std::string source;  // where the figures come from: "http://127.0.0.1:9090", "the ledger DIR"
  std::string note;    // that something is wrong; empty: nothing is
  base::WallTime now{};
  std::size_t columns = 80;  // no line is longer, if they are at least 40
  std::size_t rows = 24;     // nor are there more lines, if they are at least 12
};

std::vector<std::string> top_screen(const TopView& view, const TopFrame& frame);

}  // namespace pointsman::cli
