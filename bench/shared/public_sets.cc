#include "shared/public_sets.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "base/rng.h"
#include "json/document.h"

namespace pointsman::bench {
namespace {

using base::ErrorCode;
using base::Result;
using learn::Dataset;

constexpr std::size_t kMaxFile = std::size_t{64} << 20;

Result<std::string> slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail(ErrorCode::kNotFound, path + ": cannot be opened");
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

// Rows of two fields (RFC 4180), the first row left out.
Result<Dataset> read_csv(const std::string& path) {
  PM_TRY(const std::string bytes, slurp(path));
  Dataset out;
  std::vector<std::string> fields(1);
  bool quoted = false;
  bool title = true;
  const auto end_row = [&] {
    if (fields.size() == 2 && !title) out.examples.push_back({.text = fields[0], .category = fields[1]});
    title = false;
    fields.assign(1, "");
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == '"' && quoted && i + 1 < bytes.size() && bytes[i + 1] == '"') {
      fields.back() += bytes[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c == '\n' && !quoted) {
      end_row();
    } else if (c != '\r' || quoted) {
      fields.back() += c;
    }
  }
  if (fields.size() == 2) end_row();
  if (out.examples.empty()) return base::fail(ErrorCode::kParse, path + ": holds no rows of two fields");
  return out;
}

Result<Dataset> read_lines(const std::string& path) {
  PM_TRY(const std::string bytes, slurp(path));
  return learn::read_jsonl(bytes, path);
}

// [["text", "intent"], ...]
void read_pairs(json::Cursor& cursor, Dataset& out) {
  for (bool row = cursor.enter_array(); row; row = cursor.next_element()) {
    learn::Example example;
    std::string* const fields[] = {&example.text, &example.category};
    std::size_t at = 0;
    for (bool field = cursor.enter_array(); field; field = cursor.next_element()) {
      json::RawString raw;
      if (at == std::size(fields) || !cursor.read_string(raw)) return cursor.abandon();
      json::unescape(raw.raw, *fields[at++]);
    }
    out.examples.push_back(std::move(example));
  }
}

}  // namespace

Result<PublicSet> load_banking77(const std::string& data) {
  PublicSet out{.name = "BANKING77"};
  PM_TRY(out.train, read_csv(data + "/intents/banking77/train.csv"));
  PM_TRY(out.test, read_csv(data + "/intents/banking77/test.csv"));
  return out;
}

Result<PublicSet> load_clinc150(const std::string& data) {
  const std::string path = data + "/intents/clinc150/data_full.json";
  PM_TRY(const std::string bytes, slurp(path));
  PublicSet out{.name = "CLINC150"};
  Dataset outside;
  json::Document document(kMaxFile);
  PM_CHECK(document.open(bytes));
  json::Cursor cursor = document.root();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("train")) {
      read_pairs(cursor, out.train);
    } else if (cursor.key_is("test")) {
      read_pairs(cursor, out.test);
    } else if (cursor.key_is("oos_test")) {
      read_pairs(cursor, outside);
    } else {
      cursor.skip();
    }
  }
  if (!cursor.finished()) return base::fail(ErrorCode::kParse, path + ": is not the file of CLINC150");
  out.test.examples.insert(out.test.examples.end(), outside.examples.begin(), outside.examples.end());
  return out;
}

Result<PublicSet> load_triage(const std::string& data) {
  PublicSet out{.name = "triage"};
  PM_TRY(out.train, read_lines(data + "/triage/train.jsonl"));
  PM_TRY(out.test, read_lines(data + "/triage/test.jsonl"));
  return out;
}

learn::Dataset draw(const learn::Dataset& all, std::size_t shots, std::uint64_t seed) {
  std::map<std::string, std::vector<const learn::Example*>> by_category;
  for (const learn::Example& example : all.examples) by_category[example.category].push_back(&example);
  base::Rng rng(seed);
  learn::Dataset out;
  for (auto& [name, examples] : by_category) {
    for (std::size_t i = 0; i < std::min(shots, examples.size()); ++i) {
      std::swap(examples[i], examples[i + rng.below(examples.size() - i)]);
      out.examples.push_back(*examples[i]);
    }
  }
  return out;
}

}  // namespace pointsman::bench
