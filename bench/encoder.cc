// links: pm_bench pm_learn pm_classify pm_encode
// What a sentence encoder, and a table distilled from it, are worth beside words:
//   encoder [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]
// Needs a model: POINTSMAN_ENCODER names its directory. bench/encoder.py runs these sections, one at a time, and puts
// other programs and the gateway beside them.
#include "shared/run_sections.h"
#include "shared/section.h"

namespace {

using namespace pointsman;

constexpr bench::NamedSection kSections[] = {
    {"speed", "the transformer in each precision, a table, a decision with one", bench::encoder_speed_section},
    {"pairs", "the closest categories of a public set, beside the nearest mean embedding",
     bench::encoder_pairs_section},
    {"trade", "ten close intents of one trade", bench::encoder_trade_section},
    {"near", "whether the nearest training examples mean the same", bench::encoder_near_section},
    {"views", "words, table and encoder on the public intent sets, with few examples and in full",
     bench::encoder_views_section},
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_sections({"encoder", kSections}, {argv, static_cast<std::size_t>(argc)});
}
