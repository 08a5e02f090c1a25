// Makes the starter classifier while the program is built: train_starter DATA.jsonl ARTEFACT.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "learn/dataset.h"
#include "learn/train.h"

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
  const auto trained = pointsman::learn::train(*data, options);
  if (!trained) {
    std::fprintf(stderr, "%s\n", trained.error().message().c_str());
    return 1;
  }
  std::ofstream out(argv[2], std::ios::binary);
  out << trained->artefact;
  return out.flush() ? 0 : 1;
}
