// links: pm_vocabulary
// Counting tokens exactly, in bytes a second: prose and code of this repository, Chinese, base64, and one letter. The
// file that POINTSMAN_TEXT names is counted too.
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
  constexpr std::string_view kText =
      "昨天下午，我们公司的客户服务系统突然出现了故障，很多用户无法登录自己的账户，也不能查询订单的状态。技术部门的同事"
      "马上开始检查服务器的日志，发现是数据库连接数量超过了限制。经过两个小时的努力，问题终于得到解决，大家都松了一口气"
      "。\n\n"
      "今年春天来得特别早，公园里的樱花在三月初就已经开了。每到周末，许多家庭带着孩子去那里散步、拍照、野餐，老人们坐在"
      "长椅上聊天，年轻人骑着自行车沿着湖边慢慢地走。天气预报说，下个星期可能会有一场大雨，气温也将下降五到八度。\n\n"
      "如果你想学习一门新的语言，最重要的不是背单词，而是每天坚持听和说。很多人花了几年时间准备考试，却仍然不敢和外国人"
      "交流。建议先从简单的对话开始，例如介绍自己的家乡、工作和爱好，然后再逐步阅读报纸、小说以及专业的技术文章。\n\n"
      "人工智能模型的价格差别很大：最便宜的模型每百万个词元只要几分钱，而最强大的模型可能需要几十美元。因此，把简单的问"
      "题"
      "交给小模型，把复杂的推理任务交给大模型，可以在不降低质量的情况下节省一大笔费用。关键在于如何准确地判断问题的难度"
      "。\n\n";
  std::string text;
  while (text.size() < std::size_t{1} << 20) text += kText;
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
  state.counters["text_MB"] = static_cast<double>(text.size()) / 1e6;
  state.counters["bytes_per_token"] =
      static_cast<double>(text.size()) / static_cast<double>(std::max<std::size_t>(count, 1));
}

void open_vocabulary(benchmark::State& state, std::string_view encoding) {
  for (auto _ : state) {
    const auto vocabulary = BpeVocabulary::open(vocabulary::packed(encoding));
    benchmark::DoNotOptimize(vocabulary.has_value());
  }
}

void add_all() {
  struct Named {
    std::string name;
    std::string text;
  };
  static std::vector<Named> texts;
  texts.push_back({"prose", files_of("docs", ".md") + read_all("ARCHITECTURE.md") + read_all("CONTRIBUTING.md")});
  texts.push_back({"code", files_of("src", ".cc") + files_of("src", ".h")});
  texts.push_back({"chinese", chinese()});
  texts.push_back({"base64", base64()});
  texts.push_back({"one_letter", std::string(100'000, 'x')});
  if (const char* const path = std::getenv("POINTSMAN_TEXT")) texts.push_back({"file", read_all(path)});
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
