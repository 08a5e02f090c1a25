// The command line of a benchmark that is made of sections: runs them, prints what was measured beside what was aimed
// at, and writes bench/results/<name>.json. From main, once.
#pragma once

#include <span>
#include <string_view>

#include "shared/section.h"

namespace pointsman::bench {

struct Program {
  std::string_view name;
  std::span<const NamedSection> sections;
};

// Arguments: [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]. Writes a file unless --quick or --section
// is given without --out. The exit code: 77 if there is no data.
int run_sections(const Program& program, std::span<char*> argv);

}  // namespace pointsman::bench
