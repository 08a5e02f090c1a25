#include "cli/reasons_text.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "cli/table.h"
#include "cli/text_format.h"
#include "config/units.h"
#include "text/char_codes.h"

namespace pointsman::cli {
namespace {

using classify::Contribution;
using classify::Reasons;
using config::shortest_double;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kFeaturesShown = 8;
constexpr std::size_t kTextColumns = 60;
constexpr std::size_t kBarColumns = 12;
constexpr int kRepetitions = 300;
constexpr std::chrono::milliseconds kMeasuring(16);  // for each stage

// The quickest run of `stage`, in microseconds.
template <class Stage>
double quickest(const Stage& stage) {
  double best = std::numeric_limits<double>::max();
  const auto end = Steady::now() + kMeasuring;
  for (int i = 0; i < kRepetitions && (i == 0 || Steady::now() < end); ++i) {
    const auto begin = Steady::now();
    stage();
    best = std::min(best, std::chrono::duration<double, std::micro>(Steady::now() - begin).count());
  }
  return best;
}

std::string name_of(const Explained& explained, std::size_t category) {
  return printable(explained.model.categories()[category], 40);
}

// Filled for what speaks for the winner, hollow for what speaks against it.
std::string bar(float log_odds, float largest) {
  if (!(largest > 0)) return "";
  const double share = static_cast<double>(std::fabs(log_odds) / largest);
  const auto columns = static_cast<std::size_t>(std::lround(share * static_cast<double>(kBarColumns)));
  std::string out;
  for (std::size_t i = 0; i < columns; ++i) out += log_odds > 0 ? "█" : "░";
  return out;
}

void print_network(const Explained& explained, Output& out) {
  const Reasons& reasons = explained.reasons;
  if (!explained.model.artefact().net()) {
    out.write("  second view   this classifier has none\n");
  } else if (reasons.inspection.net_scores.empty()) {
    out.write("  second view   not asked: the first was sure enough\n");
  } else if (reasons.winner == reasons.linear_winner) {
    out.print("  second view   agreed; the first alone had {:.4f}\n", reasons.linear_probability);
  } else {
    out.print("  second view   changed the answer; the first alone said {} ({:.4f})\n",
              name_of(explained, reasons.linear_winner), reasons.linear_probability);
  }
}

void print_features(const Explained& explained, Output& out) {
  const Reasons& reasons = explained.reasons;
  out.print("\n{}\n", out.bold(fmt::format("why {} rather than {} (in ln odds; {:+.2f} in all)",
                                           name_of(explained, reasons.winner), name_of(explained, reasons.runner_up),
                                           reasons.log_odds)));
  const std::vector<Contribution> gathered = classify::with_letters_gathered(reasons.features);
  const std::size_t shown = std::min(gathered.size(), kFeaturesShown);
  float largest = std::max(std::fabs(reasons.prior), std::fabs(reasons.network));
  if (!gathered.empty()) largest = std::max(largest, std::fabs(gathered.front().log_odds));
  Table table({{"", Table::Align::kRight}, {""}, {""}, {""}}, 2);
  const auto add = [&](float log_odds, std::string kind, std::string text) {
    table.add({fmt::format("{:+.2f}", log_odds), bar(log_odds, largest), std::move(kind), std::move(text)});
  };
  for (std::size_t i = 0; i < shown; ++i) {
    const bool letters = gathered[i].kind == text::FeatureKind::kGram;
    add(gathered[i].log_odds, letters ? "letters of" : std::string(to_string(gathered[i].kind)),
        "\"" + printable(gathered[i].text, 40) + "\"");
  }
  float rest = 0;
  for (std::size_t i = shown; i < gathered.size(); ++i) rest += gathered[i].log_odds;
  if (shown < gathered.size()) {
    table.add({fmt::format("{:+.2f}", rest), "", fmt::format("{} more", gathered.size() - shown), ""});
  }
  add(reasons.prior, "before reading", "its leaning without any text");
  if (!reasons.inspection.net_scores.empty()) add(reasons.network, "second view", "the order of the characters");
  table.print_rows(out);
}

void print_nearest(const Explained& explained, Output& out) {
  const Reasons& reasons = explained.reasons;
  if (reasons.nearest.empty()) return;
  out.print("\n{}\n", out.bold("most similar training examples"));
  Table table({{"", Table::Align::kRight}, {""}, {""}}, 2);
  for (const classify::NearExample& one : reasons.nearest) {
    table.add({fmt::format("{:.2f}", one.similarity), name_of(explained, one.category),
               "\"" + printable(one.text, kTextColumns) + "\""});
  }
  table.print_rows(out);
}

// What the vectors of the text's tokens, and the encoder's of the whole text, add for the answer.
void print_meaning(const Reasons& reasons, Output& out) {
  const classify::Inspection& seen = reasons.inspection;
  if (!seen.dense_scores.empty()) out.print("  meaning       {:+.2f}, by the vectors of its tokens\n", reasons.meaning);
  if (!seen.encoder_scores.empty()) out.print("  encoder       {:+.2f}, asked out of doubt\n", reasons.encoder);
}

void write_meaning(const Reasons& reasons, json::Writer& json) {
  if (!reasons.inspection.dense_scores.empty()) json.member("meaning", shortest_double(reasons.meaning));
  json.key("encoder").begin_object().member("asked", !reasons.inspection.encoder_scores.empty());
  json.member("log_odds", shortest_double(reasons.encoder)).end_object();
}

void write_network(const Explained& explained, json::Writer& json) {
  const Reasons& reasons = explained.reasons;
  json.key("network").begin_object().member("asked", !reasons.inspection.net_scores.empty());
  json.member("log_odds", shortest_double(reasons.network));
  json.member("linear_category", explained.model.categories()[reasons.linear_winner]);
  json.member("linear_probability", shortest_double(reasons.linear_probability)).end_object();
}

}  // namespace

StageTimes measure_stages(const classify::LinearModel& model, const classify::Input& input, bool network_asked) {
  text::FeatureExtractor extractor;
  std::vector<float> room(model.categories().size());
  const auto scratch = model.make_scratch();
  StageTimes times;
  times.features = quickest([&] { (void)extractor.extract({input.text, input.context, input.tools}); });
  const double all = quickest([&] { (void)model.classify(input, *scratch, room); });
  if (network_asked && model.artefact().net()) {
    classify::CharNetScratch net;
    std::vector<std::uint8_t> codes;
    times.network = quickest([&] {
      text::char_codes(extractor.tokens(), codes);
      model.artefact().net()->score(codes, net, room);
    });
  }
  times.linear = std::max(all - times.features - times.network, 0.0);
  return times;
}

void print_reasons(const Explained& explained, Output& out) {
  const Reasons& reasons = explained.reasons;
  const classify::Inspection& seen = reasons.inspection;
  out.print("  runner-up     {} ({:.4f})\n", name_of(explained, reasons.runner_up),
            reasons.probabilities[reasons.runner_up]);
  out.print(
      "  in scope      {:.4f} likely to belong to any category; {:.0f} % of the words and {:.0f} % of the "
      "characters are new\n",
      seen.in_scope, seen.unseen_words * 100, seen.unseen_chars * 100);
  print_network(explained, out);
  print_meaning(reasons, out);
  print_features(explained, out);
  print_nearest(explained, out);
  out.print("\ntime  features {:.1f} us, first view {:.1f} us", explained.times.features, explained.times.linear);
  if (!seen.net_scores.empty()) out.print(", second view {:.1f} us", explained.times.network);
  out.write("\n");
}

void write_reasons(const Explained& explained, json::Writer& json) {
  const Reasons& reasons = explained.reasons;
  const auto& names = explained.model.categories();
  json.member("runner_up", names[reasons.runner_up]).member("log_odds", shortest_double(reasons.log_odds));
  json.member("prior", shortest_double(reasons.prior));
  write_network(explained, json);
  write_meaning(reasons, json);
  json.member("in_scope", shortest_double(reasons.inspection.in_scope));
  json.member("unseen_words", shortest_double(reasons.inspection.unseen_words));
  json.member("unseen_characters", shortest_double(reasons.inspection.unseen_chars));
  json.member("unknown_features", reasons.unknown_features).key("features").begin_array();
  for (const Contribution& one : reasons.features) {
    json.begin_object().member("kind", to_string(one.kind)).member("text", one.text);
    if (!one.word.empty()) json.member("word", one.word);
    json.member("log_odds", shortest_double(one.log_odds)).end_object();
  }
  json.end_array().key("nearest").begin_array();
  for (const classify::NearExample& one : reasons.nearest) {
    json.begin_object().member("category", names[one.category]);
    json.member("similarity", shortest_double(one.similarity)).member("text", one.text).end_object();
  }
  json.end_array().key("stages_us").begin_object().member("features", explained.times.features);
  json.member("linear", explained.times.linear).member("network", explained.times.network).end_object();
}

}  // namespace pointsman::cli
