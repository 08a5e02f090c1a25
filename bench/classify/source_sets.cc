#include "classify/source_sets.h"

#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <vector>

#include "json/document.h"

namespace pointsman::bench {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kMaxLine = std::size_t{1} << 20;
constexpr std::size_t kRun = 6;

Result<std::string> slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail(ErrorCode::kNotFound, path + ": cannot be opened");
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

Result<std::string> source_of(std::string_view line) {
  json::Document document(kMaxLine);
  PM_CHECK(document.open(line));
  json::Cursor cursor = document.root();
  std::string out;
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    json::RawString raw;
    if (!cursor.key_is("source")) {
      cursor.skip();
    } else if (cursor.read_string(raw)) {
      json::unescape(raw.raw, out);
    }
  }
  if (out.empty()) return base::fail(ErrorCode::kParse, "a row without a source");
  return out;
}

Result<learn::Dataset> read_with_sources(const std::string& path) {
  PM_TRY(const std::string bytes, slurp(path));
  PM_TRY(learn::Dataset out, learn::read_jsonl(bytes, path));
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
    lines.push_back(std::string_view(bytes).substr(begin, end - begin));
    begin = end + 1;
  }
  for (learn::Example& example : out.examples) {
    PM_TRY(example.group, source_of(lines[example.line - 1]));
  }
  return out;
}

std::vector<std::string> runs_of_words(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) != 0) {
      words.back() += static_cast<char>(std::tolower(byte));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  std::vector<std::string> out;
  for (std::size_t i = 0; i + kRun <= words.size(); ++i) {
    std::string run;
    for (std::size_t k = 0; k < kRun; ++k) run += words[i + k] + ' ';
    out.push_back(std::move(run));
  }
  return out;
}

}  // namespace

Result<SourceSet> load_triage_sources(const std::string& data) {
  SourceSet out;
  PM_TRY(out.train, read_with_sources(data + "/triage/train.jsonl"));
  PM_TRY(out.test, read_with_sources(data + "/triage/test.jsonl"));
  return out;
}

Result<learn::Dataset> load_starter() {
  const std::string path = POINTSMAN_SOURCE_DIR "/data/starter/train.jsonl";
  PM_TRY(const std::string bytes, slurp(path));
  return learn::read_jsonl(bytes, path);
}

std::string set_of(const std::string& source) {
  return source.substr(0, source.find('/'));
}

learn::Dataset without_likenesses(const learn::Dataset& background, std::span<const learn::Example> texts) {
  std::set<std::string> known;
  for (const learn::Example& example : texts) {
    for (std::string& run : runs_of_words(example.text)) known.insert(std::move(run));
  }
  learn::Dataset out;
  for (const learn::Example& example : background.examples) {
    bool alike = false;
    for (const std::string& run : runs_of_words(example.text)) alike = alike || known.contains(run);
    if (!alike) out.examples.push_back(example);
  }
  return out;
}

}  // namespace pointsman::bench
