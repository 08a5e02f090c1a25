// links: pm_bench pm_picture pm_learn pm_classify pm_simulate pm_consult pm_vocabulary pm_cli
// What a small language model is worth where the classifier is unsure:
//   cascade [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]
// The small model is simulated (simulate/teacher.h); every figure says so or is none of its doing. Writes
// bench/results/cascade.json as bench/classify.cc does, and pictures beside it.
#include "shared/run_sections.h"
#include "shared/section.h"

namespace {

using namespace pointsman;

constexpr bench::NamedSection kSections[] = {
    {"curve", "accuracy against the share of requests that a simulated small model is asked about",
     bench::cascade_curve_section},
    {"distillation", "from no labels to a classifier that seldom asks, and what a drift does to it",
     bench::cascade_distillation_section},
    {"confidence", "what a simulated model's confidence is worth, by where it comes from",
     bench::cascade_confidence_section},
    {"prompt", "tokens of the question, and two ways to keep it small with many categories",
     bench::cascade_prompt_section},
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_sections({"cascade", kSections}, {argv, static_cast<std::size_t>(argc)});
}
