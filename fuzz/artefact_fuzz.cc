// links: pm_classify
// parses: classify/linear_model classify/artefact_reader classify/char_net classify/second_opinion classify/dense_head
// A model artefact is any bytes: opening must refuse or give a model that answers with probabilities.
//
// The input is tried as it comes, with its content hash made right (which would stop nearly every mutation at the
// door), and as edits of models that are written anew each time: the layout has so many places that must agree that
// from bytes alone hardly anything gets through, and seeds of an older layout get nowhere.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/rng.h"
#include "classify/linear_model.h"
#include "encode/static_table.h"

namespace {

using namespace pointsman;
using classify::ModelParts;

constexpr std::array<const char*, 3> kWords{"password", "invoice", "quantum"};
constexpr std::size_t kDimensions = 2;

std::vector<float> numbers(std::size_t count) {
  base::Rng rng(count);
  std::vector<float> out(count);
  for (float& one : out) one = static_cast<float>(rng.uniform() - 0.5);
  return out;
}

ModelParts words_only() {
  ModelParts parts;
  parts.block_weight = {1, 1, 0.2F, 0.2F};
  parts.unknown_idf = 1;
  parts.temperature = 0.1F;
  parts.card = R"({"made":"for fuzzing"})";
  parts.examples = {{0, "reset my password"}, {2, "what is quantum physics?"}};
  text::FeatureExtractor extractor;
  for (std::size_t c = 0; c < kWords.size(); ++c) {
    parts.categories.emplace_back(kWords[c]);
    parts.bias.push_back(0);
    for (const text::Feature& feature : extractor.extract({kWords[c]})) {
      bool known = false;
      for (const std::uint32_t hash : parts.hashes) known = known || hash == feature.hash;
      if (known) continue;
      parts.hashes.push_back(feature.hash);
      parts.idf.push_back(1);
      for (std::size_t k = 0; k < kWords.size(); ++k) parts.weights.push_back(k == c ? 1 : 0);
    }
  }
  return parts;
}

ModelParts with_net() {
  ModelParts parts = words_only();
  constexpr std::size_t kFilters = 2 * classify::kNetBlock;
  constexpr std::size_t kAll = classify::kNetWidths.size() * kFilters;
  parts.net = classify::CharNet::pack({.filters = kFilters,
                                       .table = numbers(classify::kNetTaps * text::kCharCodes * kFilters),
                                       .bias = numbers(kAll),
                                       .head = numbers(kAll * kWords.size()),
                                       .head_bias = numbers(kWords.size())},
                                      kWords.size());
  parts.mix = {.linear = 1, .net = 1, .ask_below = 1, .stray = 0.01F};
  parts.scope = {.largest_score = 1, .unseen_words = -1, .unseen_chars = -1, .bias = 1};
  return parts;
}

ModelParts with_vectors() {
  ModelParts parts = words_only();
  parts.table = encode::write_table({.options = {.begin = "", .end = ""},
                                     .pieces = {"[UNK]", "password", "hello"},
                                     .dimensions = kDimensions,
                                     .vectors = {0, 0, 1, 0, 0, 1},
                                     .card = "{}"});
  parts.dense = numbers(kDimensions * kWords.size());
  classify::SecondOpinionParts second{.encoder_id = std::string(64, 'a'), .dimensions = kDimensions};
  second.weights = numbers(kDimensions * kWords.size());
  second.bias = numbers(kWords.size());
  second.detector = numbers(kDimensions + 1);
  second.mix = {.linear = 1, .encoder = 1, .ask_below = 1};
  parts.second = classify::SecondOpinion::pack(second);
  return parts;
}

void check_distribution(const std::vector<float>& probabilities) {
  float sum = 0;
  for (const float p : probabilities) {
    if (!(p >= 0)) std::abort();
    sum += p;
  }
  if (!(sum < 1.01F)) std::abort();  // what is missing of 1 belongs to none
}

bool try_model(std::string bytes) {
  const auto model = classify::LinearModel::from_string(std::move(bytes));
  if (!model) return false;
  std::vector<float> probabilities((*model)->categories().size());
  const auto scratch = (*model)->make_scratch();
  classify::Input input{.text = "How do I reset my password?", .context = "hello", .tools = 2};
  if (!(*model)->classify(input, *scratch, probabilities)) std::abort();
  check_distribution(probabilities);
  if (!(*model)->inspect(input, *scratch, probabilities)) std::abort();
  for (const classify::StoredExample& one : (*model)->artefact().examples()) {
    if (one.category >= probabilities.size()) std::abort();
  }
  if ((*model)->encoder() == nullptr) return true;
  const std::vector<float> embedding(static_cast<std::size_t>((*model)->encoder()->dimensions), 0.5F);
  input.embedding = embedding;
  if (!(*model)->classify(input, *scratch, probabilities)) std::abort();
  check_distribution(probabilities);
  return true;
}

// One byte says which model, then each five bytes are a place (little endian) and what stands there from now on.
void try_edits(std::string_view edits) {
  static const std::array kModels{classify::write_artefact(words_only()), classify::write_artefact(with_net()),
                                  classify::write_artefact(with_vectors())};
  if (edits.empty()) return;
  std::string bytes = kModels[static_cast<unsigned char>(edits.front()) % kModels.size()];
  edits.remove_prefix(1);
  const bool sound = edits.size() < 5;
  for (; edits.size() >= 5; edits.remove_prefix(5)) {
    std::size_t place = 0;
    for (std::size_t i = 4; i-- > 0;) place = place << 8 | static_cast<unsigned char>(edits[i]);
    bytes[place % bytes.size()] = edits[4];
  }
  classify::seal_artefact(bytes);
  if (!try_model(std::move(bytes)) && sound) std::abort();  // a model that nobody edited
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  try_edits(bytes);
  (void)try_model(bytes);
  classify::seal_artefact(bytes);
  (void)try_model(std::move(bytes));
  return 0;
}
