// links: pm_bench pm_learn pm_classify
// What a router that learns is worth, and what keeps it from learning something wrong:
//   learning [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]
// People and traffic are simulated, and every figure says so. Writes bench/results/learning.json as bench/classify.cc
// does.
#include "shared/run_sections.h"
#include "shared/section.h"

namespace {

using namespace pointsman;

constexpr bench::NamedSection kSections[] = {
    {"gate", "which candidates the promotion gate stops: damaged lessons and honest ones, by simulated annotators",
     bench::learning_gate_section},
    {"audit", "the audit of lessons alone, by how much of them is damaged and how many there are",
     bench::learning_audit_section},
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_sections({"learning", kSections}, {argv, static_cast<std::size_t>(argc)});
}
