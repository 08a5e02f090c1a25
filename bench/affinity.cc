// links: pm_bench pm_route pm_learn
// What ignoring the providers' prompt caches costs, and what keeping conversations with their model saves:
//   affinity [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]
// Conversations and the providers' caches are simulated, and every figure says so; prices are the catalogue's, and
// decisions are those of route::rank. Writes bench/results/affinity.json as bench/classify.cc does.
#include "shared/run_sections.h"
#include "shared/section.h"

namespace {

using namespace pointsman;

constexpr bench::NamedSection kSections[] = {
    {"bill", "the bill of simulated conversations with router.affinity off, price and always",
     bench::affinity_bill_section},
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_sections({"affinity", kSections}, {argv, static_cast<std::size_t>(argc)});
}
