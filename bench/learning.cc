// links: pm_bench pm_picture pm_learn pm_classify pm_watch pm_cli
// What a router that learns is worth, and what keeps it from learning something wrong:
//   learning [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]
// People, traffic and models are simulated, and every figure says so. Writes bench/results/learning.json as
// bench/classify.cc does, and pictures beside it.
#include "shared/run_sections.h"
#include "shared/section.h"

namespace {

using namespace pointsman;

constexpr bench::NamedSection kSections[] = {
    {"improve", "labels that the review queue needs, against random picking", bench::learning_improve_section},
    {"memory", "how often a correction is right about a prompt like the corrected one", bench::learning_memory_section},
    {"gate", "which candidates the promotion gate stops: damaged lessons and honest ones, by simulated annotators",
     bench::learning_gate_section},
    {"audit", "the audit of lessons alone, by how much of them is damaged and how many there are",
     bench::learning_audit_section},
    {"canary", "how soon a bad canary is stopped and how often a good one is, over simulated conversations",
     bench::learning_canary_section},
    {"drift", "how soon drift is noticed and how often there is a false alarm, over simulated traffic",
     bench::learning_drift_section},
    {"off_policy", "estimates of other policies from simulated logs, against the truth of what 3 models answered",
     bench::learning_off_policy_section},
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_sections({"learning", kSections}, {argv, static_cast<std::size_t>(argc)});
}
