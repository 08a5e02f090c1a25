// links: pm_bench pm_learn pm_classify pm_route
// What a router that learns is worth, and what keeps it from learning something wrong:
//   learning [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]
// People and traffic are simulated, and every figure says so. Writes bench/results/learning.json as bench/classify.cc
// does.
#include "shared/run_sections.h"
#include "shared/section.h"

namespace {

using namespace pointsman;

constexpr bench::NamedSection kSections[] = {
    {"off_policy", "estimates of other policies from simulated logs, against the truth of what 3 models answered",
     bench::learning_off_policy_section},
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_sections({"learning", kSections}, {argv, static_cast<std::size_t>(argc)});
}
