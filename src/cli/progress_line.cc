#include "cli/progress_line.h"

namespace pointsman::cli {

ProgressLine::~ProgressLine() {
  if (err_.is_tty() && !stage_.empty()) err_.write("\r\x1b[K");
  err_.flush();
}

void ProgressLine::show(const learn::Progress& progress) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  if (err_.is_tty()) {
    err_.print("\r\x1b[K{} {}/{}  {:.1f} s", progress.stage, progress.done, progress.total, seconds);
  } else if (progress.stage != stage_) {
    err_.print("{} ({:.1f} s)\n", progress.stage, seconds);
  }
  stage_ = progress.stage;
  err_.flush();
}

}  // namespace pointsman::cli
