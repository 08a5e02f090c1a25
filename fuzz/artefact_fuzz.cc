// links: pm_classify
// A model artefact is any bytes: opening must refuse or give a model that answers with a distribution.
//
// The content hash would stop nearly every mutation at the door, so the bytes are also tried with the hash made right.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "classify/linear_model.h"

namespace {

void try_model(std::string bytes) {
  const auto model = pointsman::classify::LinearModel::from_string(std::move(bytes));
  if (!model) return;
  std::vector<float> probabilities((*model)->categories().size());
  const auto scratch = (*model)->make_scratch();
  const pointsman::classify::Input input{.text = "How do I reset my password?", .context = "hello", .tools = 2};
  if (!(*model)->classify(input, *scratch, probabilities)) std::abort();
  float sum = 0;
  for (const float p : probabilities) sum += p;
  if (!(std::fabs(sum - 1) < 1e-2F)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  try_model(bytes);
  pointsman::classify::seal_artefact(bytes);
  try_model(std::move(bytes));
  return 0;
}
