// links: pm_vocabulary
// Counting tokens exactly, in bytes a second: prose and code of this repository, Chinese, base64, and one letter; or,
// instead of these, the files of the folder that POINTSMAN_TEXTS names.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "text/bpe.h"
#include "vocabulary/vocabulary.h"

namespace pointsman::text {
namespace {

namespace fs = std::filesystem;

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// All files of a folder with this ending, one after the other. Run from the root of the sources.
std::string files_of(const fs::path& folder, std::string_view ending) {
  std::vector<fs::path> paths;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(folder, none)) {
    if (entry.path().extension() == ending) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::string all;
  for (const fs::path& path : paths) all += read_all(path);
  return all;
}

// Reports and stories of everyday matters; repeated, so its words are more at hand than those of a long text.
std::string chinese() {
  const std::string once = read_all("bench/tokens/chinese.txt");
  std::string text;
  while (!once.empty() && text.size() < std::size_t{1} << 20) text += once;
  return text;
}

std::string base64() {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint64_t state = 1;
  while (text.size() < std::size_t{1} << 20) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;  // Knuth's MMIX generator
    text += kDigits[state >> 58];
  }
  return text;
}

void count_tokens(benchmark::State& state, std::string_view encoding, const std::string& text) {
  const auto vocabulary = vocabulary::open(encoding);
  if (!vocabulary || text.empty()) {
    state.SkipWithError(vocabulary ? "no text: run from the root of the sources"
                                   : vocabulary.error().message().c_str());
    return;
  }
  TokenCounter counter(*vocabulary);
  std::size_t count = 0;
  for (auto _ : state) {
    count = counter.count(text);
    benchmark::DoNotOptimize(count);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
  state.counters["tokens"] = static_cast<double>(count);
  state.counters["text_MB"] = static_cast<double>(text.size()) / 1e6;
  state.counters["bytes_per_token"] =
      static_cast<double>(text.size()) / static_cast<double>(std::max<std::size_t>(count, 1));
}

void open_vocabulary(benchmark::State& state, std::string_view encoding) {
  for (auto _ : state) {
    const auto vocabulary = BpeVocabulary::in_place(vocabulary::block(encoding));
    benchmark::DoNotOptimize(vocabulary.has_value());
  }
}

void add_all() {
  struct Named {
    std::string name;
    std::string text;
  };
  static std::vector<Named> texts;
  if (const char* const folder = std::getenv("POINTSMAN_TEXTS")) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      texts.push_back({entry.path().stem().string(), read_all(entry.path())});
    }
  } else {
    texts.push_back({"prose", files_of("docs", ".md") + read_all("ARCHITECTURE.md") + read_all("CONTRIBUTING.md")});
    texts.push_back({"code", files_of("src", ".cc") + files_of("src", ".h")});
    texts.push_back({"chinese", chinese()});
    texts.push_back({"base64", base64()});
    texts.push_back({"one_letter", std::string(100'000, 'x')});
  }
  for (const std::string_view encoding : vocabulary::kEncodings) {
    for (const Named& named : texts) {
      const std::string name = "count/" + named.name + "/" + std::string(encoding);
      benchmark::RegisterBenchmark(name.c_str(), count_tokens, encoding, named.text);
    }
    benchmark::RegisterBenchmark(("open/" + std::string(encoding)).c_str(), open_vocabulary, encoding)
        ->Unit(benchmark::kMillisecond);
  }
}

const bool kAdded = (add_all(), true);

}  // namespace
}  // namespace pointsman::text
