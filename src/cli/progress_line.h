// Tells how far training is: a line that rewrites itself on a terminal, one line for each stage elsewhere.
// Lives for as long as the work does; one thread at a time.
#pragma once

#include <chrono>
#include <string>

#include "cli/output.h"
#include "learn/train.h"

namespace pointsman::cli {

class ProgressLine {
 public:
  explicit ProgressLine(Output& err) : err_(err) {}
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const learn::Progress& progress);

 private:
  Output& err_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::string stage_;
};

}  // namespace pointsman::cli
