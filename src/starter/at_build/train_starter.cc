// Makes the starter classifier while the program is built: train_starter DATA.jsonl ARTEFACT. By the same way as every
// candidate of `pointsman train --from-ledger`: seed examples, planned as lessons, trained.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <algorithm>
#include <vector>

#include "learn/dataset.h"
#include "learn/lessons.h"
#include "learn/train.h"

namespace {

std::vector<pointsman::learn::Testimony> seeds(const pointsman::learn::Dataset& data,
                                               const std::vector<std::string>& categories) {
  std::vector<pointsman::learn::Testimony> out;
  for (const pointsman::learn::Example& example : data.examples) {
    pointsman::learn::Testimony& one = out.emplace_back();
    one.example = example;
    one.says.assign(categories.size(), 0);
    const auto at = std::ranges::find(categories, example.category);
    if (at != categories.end()) one.says[static_cast<std::size_t>(at - categories.begin())] = 1;
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: train_starter DATA.jsonl ARTEFACT\n", stderr);
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto data = pointsman::learn::read_jsonl(text, argv[1]);
  if (!data) {
    std::fprintf(stderr, "%s\n", data.error().message().c_str());
    return 1;
  }
  pointsman::learn::TrainOptions options;
  options.created_by = "pointsman starter";
  // A second view gains half a point on the public triage set and would cost every build some seconds.
  options.effort = pointsman::learn::Effort::kFast;
  const auto categories = pointsman::learn::category_names(*data);
  const auto plan = pointsman::learn::plan_lessons(categories, seeds(*data, categories), {});
  const auto trained = pointsman::learn::train(plan.data, options);
  if (!trained) {
    std::fprintf(stderr, "%s\n", trained.error().message().c_str());
    return 1;
  }
  std::ofstream out(argv[2], std::ios::binary);
  out << trained->artefact;
  return out.flush() ? 0 : 1;
}
