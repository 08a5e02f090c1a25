#include "classify/routing_sets.h"

#include <fstream>
#include <iterator>
#include <optional>

#include "json/document.h"
#include "route/catalogue.h"

namespace pointsman::bench {
namespace {

using base::ErrorCode;
using base::Result;
using learn::Outcome;
using learn::Outcomes;

constexpr std::size_t kMaxFile = std::size_t{64} << 20;
constexpr double kCharactersPerToken = 4;

Result<std::string> slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail(ErrorCode::kNotFound, path + ": cannot be opened");
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

// Dollars for a million tokens.
struct Price {
  double input = 0;
  double output = 0;

  double of(double input_characters, double output_characters) const {
    return (input_characters * input + output_characters * output) / kCharactersPerToken / 1e6;
  }
};

struct Answer {
  bool right = false;
  double characters = 0;
};

struct ModelPair {
  std::string weak;
  std::string strong;
  Price weak_price;
  Price strong_price;
};

// [1, 947]: whether it was right, and the characters of the answer.
std::optional<Answer> read_answer(json::Cursor& cursor) {
  std::int64_t values[2] = {0, 0};
  std::size_t at = 0;
  for (bool more = cursor.enter_array(); more; more = cursor.next_element()) {
    if (at == std::size(values) || !cursor.read_integer(values[at++])) {
      cursor.abandon();
      return std::nullopt;
    }
  }
  return Answer{values[0] != 0, static_cast<double>(values[1])};
}

struct ProLine {
  Outcome row;
  std::optional<Answer> weak;
  std::optional<Answer> strong;
};

bool read_pro_line(json::Cursor cursor, const ModelPair& pair, ProLine& line) {
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    json::RawString raw;
    if (cursor.key_is("text") && cursor.read_string(raw)) {
      json::unescape(raw.raw, line.row.text);
    } else if (cursor.key_is("subject") && cursor.read_string(raw)) {
      json::unescape(raw.raw, line.row.subject);
    } else if (cursor.key_is("models")) {
      for (bool model = cursor.enter_object(); model; model = cursor.next_member()) {
        if (cursor.key_is(pair.weak)) {
          line.weak = read_answer(cursor);
        } else if (cursor.key_is(pair.strong)) {
          line.strong = read_answer(cursor);
        } else {
          cursor.skip();
        }
      }
    } else {
      cursor.skip();
    }
  }
  return cursor.finished();
}

Result<Outcomes> read_pro(const std::string& data, const ModelPair& pair) {
  const std::string path = data + "/routing/mmlu_pro_models.jsonl";
  PM_TRY(const std::string bytes, slurp(path));
  Outcomes out{.rows = {}, .with_costs = true};
  json::Document document(kMaxFile);
  std::string_view rest = bytes;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.empty()) continue;
    ProLine line;
    PM_CHECK(document.open(text));
    if (!read_pro_line(document.root(), pair, line) || line.row.text.empty()) {
      return base::fail(ErrorCode::kParse, path + ":" + std::to_string(number) + ": is not a row of MMLU-Pro answers");
    }
    if (!line.weak || !line.strong) continue;  // not both models answered it
    Outcome& row = line.row;
    const auto asked = static_cast<double>(row.text.size());
    row.weak_quality = line.weak->right ? 1 : 0;
    row.strong_quality = line.strong->right ? 1 : 0;
    row.weak_cost = pair.weak_price.of(asked, line.weak->characters);
    row.strong_cost = pair.strong_price.of(asked, line.strong->characters);
    out.rows.push_back(std::move(row));
  }
  return out;
}

double per_million(base::TokenPrice price) {
  return static_cast<double>(price.picos) * 1e-6;
}

Result<Price> catalogue_price(const route::Catalogue& catalogue, std::string_view name) {
  const route::CatalogueEntry* entry = catalogue.find(name);
  if (entry == nullptr || !entry->model.prices.input || !entry->model.prices.output) {
    return base::fail(ErrorCode::kNotFound, "the catalogue has no price of " + std::string(name));
  }
  return Price{per_million(*entry->model.prices.input), per_million(*entry->model.prices.output)};
}

}  // namespace

Result<RoutingPair> load_mmlu_mixtral_gpt4(const std::string& data) {
  const std::string path = data + "/routing/mmlu_mixtral_gpt4.jsonl";
  PM_TRY(const std::string bytes, slurp(path));
  RoutingPair pair{.name = "MMLU Mixtral-8x7B / GPT-4"};
  PM_TRY(pair.outcomes, learn::read_outcomes(bytes, path));
  // RouteLLM (arXiv 2406.18665) puts GPT-4 at $24.7 and Mixtral at $0.24 per million tokens. Answers are one letter.
  pair.cost_model = "characters of the question / 4 as tokens, $0.24 and $24.7 per million (the RouteLLM paper)";
  pair.outcomes.with_costs = true;
  for (Outcome& row : pair.outcomes.rows) {
    const auto asked = static_cast<double>(row.text.size());
    row.weak_cost = Price{0.24, 0.24}.of(asked, 0);
    row.strong_cost = Price{24.7, 24.7}.of(asked, 0);
  }
  return pair;
}

Result<RoutingPair> load_mmlu_pro_gemini(const std::string& data) {
  RoutingPair pair{.name = "MMLU-Pro Gemini-1.5 flash / pro"};
  pair.cost_model =
      "characters / 4 as tokens of question and answer, list prices of late 2024 per million: flash $0.075 in, $0.30 "
      "out; pro $1.25 in, $5 out (not in the catalogue)";
  const ModelPair models{"gemini-1.5-flash-002", "gemini-1.5-pro-002", {0.075, 0.3}, {1.25, 5}};
  PM_TRY(pair.outcomes, read_pro(data, models));
  return pair;
}

Result<RoutingPair> load_mmlu_pro_llama(const std::string& data) {
  RoutingPair pair{.name = "MMLU-Pro Llama-3.1 8B / 70B"};
  pair.cost_model =
      "characters / 4 as tokens of question and answer, the catalogue's prices of llama-3.1-8b-instant and "
      "llama-3.3-70b-versatile";
  PM_TRY(const route::Catalogue catalogue, route::Catalogue::built_in());
  PM_TRY(const Price weak, catalogue_price(catalogue, "llama-3.1-8b-instant"));
  PM_TRY(const Price strong, catalogue_price(catalogue, "llama-3.3-70b-versatile"));
  PM_TRY(pair.outcomes, read_pro(data, {"Meta-Llama-3_1-8B-Instruct", "Meta-Llama-3_1-70B-Instruct", weak, strong}));
  return pair;
}

}  // namespace pointsman::bench
