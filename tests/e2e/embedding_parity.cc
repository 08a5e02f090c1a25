// embedding_parity MODEL CASES: the vectors of a model directory beside those of the reference library, for every way
// this processor has to compute (see tools/encoder/embedding_parity.py, which writes the cases).
//
// Prints a line of JSON for each way. Fails if a cosine is below what the precision promises, or if the tokenizer finds
// other tokens in a text than the reference did.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "json/text.h"
#include "support/model_files.h"

namespace {

using pointsman::encode::BertEncoder;
using pointsman::encode::Path;
using pointsman::encode::Precision;
using pointsman::encode::to_string;

struct Case {
  std::string text;
  std::vector<std::uint32_t> ids;
  std::vector<float> vector;
};

template <class T>
std::vector<T> numbers(const std::string& words) {
  std::istringstream in(words);
  std::vector<T> out;
  for (T x; in >> x;) out.push_back(x);
  return out;
}

// A line is the text in hexadecimal digits, a tab, its token numbers, a tab, its vector.
std::vector<Case> read_cases(const char* path) {
  std::vector<Case> out;
  std::ifstream in(path);
  for (std::string digits, ids, vector;
       std::getline(in, digits, '\t') && std::getline(in, ids, '\t') && std::getline(in, vector);) {
    Case& one = out.emplace_back();
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
      one.text +=
          static_cast<char>(pointsman::json::hex_digit(digits[i]) * 16 + pointsman::json::hex_digit(digits[i + 1]));
    }
    one.ids = numbers<std::uint32_t>(ids);
    one.vector = numbers<float>(vector);
  }
  return out;
}

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return ab / std::sqrt(aa * bb);
}

double promised(Precision precision) {
  return precision == Precision::kF32 ? 0.9999 : precision == Precision::kBf16 ? 0.999 : 0.995;
}

bool compare(const char* model, const std::vector<Case>& cases, Path path, Precision precision) {
  const auto encoder = pointsman::testing::load_encoder(model, path, precision);
  if (!encoder) {
    std::fprintf(stderr, "%s: %s\n", model, encoder.error().message().c_str());
    return false;
  }
  const std::size_t width = (*encoder)->dimensions();
  const auto scratch = (*encoder)->make_scratch();
  std::vector<BertEncoder::Ids> ids;
  std::vector<std::string_view> texts;
  for (const Case& one : cases) {
    if (one.vector.size() != width) {
      std::fprintf(stderr, "the cases have vectors of %zu numbers, the model has %zu\n", one.vector.size(), width);
      return false;
    }
    ids.push_back(one.ids);
    texts.push_back(one.text);
  }
  std::vector<float> by_ids(cases.size() * width);
  std::vector<float> by_text(cases.size() * width);
  (*encoder)->encode_ids(ids, *scratch, by_ids);
  (*encoder)->encode(texts, *scratch, by_text);
  double least = 1;
  double sum = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const double c = cosine(std::span(by_ids).subspan(i * width, width), cases[i].vector);
    least = std::fmin(least, c);
    sum += c;
  }
  std::printf(
      "{\"path\": \"%s\", \"precision\": \"%s\", \"texts\": %zu, \"least\": %.7f, \"mean\": %.7f, \"same_tokens\": "
      "%s}\n",
      to_string(path).data(), to_string(precision).data(), cases.size(), least, sum / static_cast<double>(cases.size()),
      by_ids == by_text ? "true" : "false");
  return least >= promised(precision) && by_ids == by_text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: embedding_parity MODEL CASES\n", stderr);
    return 2;
  }
  const std::vector<Case> cases = read_cases(argv[2]);
  bool good = !cases.empty();
  for (const Path path : {Path::kAvx512, Path::kAvx2, Path::kPortable}) {
    for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kI8}) {
      if (pointsman::encode::supports(path, precision)) good &= compare(argv[1], cases, path, precision);
    }
  }
  return good ? 0 : 1;
}
