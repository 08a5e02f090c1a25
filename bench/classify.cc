// links: pm_bench pm_learn pm_classify pm_config pm_route
// Everything that is claimed of the classifier, measured in one go beside its targets:
//   classify [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]
// Writes FILE (bench/results/classify.json by default; nothing with --quick or --section, unless FILE is named).
#include "shared/run_sections.h"
#include "shared/section.h"

namespace {

using namespace pointsman;
using bench::NamedSection;

constexpr NamedSection kSections[] = {
    {"intents", "public intent sets, in full and with few examples", bench::intents_section},
    {"close_pairs", "the categories that are hardest to tell apart", bench::close_pairs_section},
    {"speed", "classifying, training, loading", bench::speed_section},
    {"guarantee", "does a stated risk hold, and what does it cost", bench::guarantee_section},
    {"routing", "does routing between a weak and a strong model pay", bench::routing_section},
    {"triage", "categories and certificates on sources that training has not seen", bench::triage_section},
    {"trade", "ten close intents of one trade, and what fewer examples would reach", bench::trade_section},
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_sections({"classify", kSections}, {argv, static_cast<std::size_t>(argc)});
}
