#include "learning/answer_matrix.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>

#include "json/document.h"

namespace pointsman::bench {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kMaxLine = std::size_t{1} << 20;
constexpr double kCharactersPerToken = 4;

struct Answer {
  bool right = false;
  double characters = 0;
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

struct Line {
  std::string subject;
  std::string text;
  std::vector<std::optional<Answer>> answers;
};

void read_models(json::Cursor& cursor, std::span<const PricedModel> models, Line& line) {
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    const auto known = std::ranges::find_if(models, [&](const PricedModel& one) { return cursor.key_is(one.name); });
    if (known == models.end()) {
      cursor.skip();
    } else {
      line.answers[static_cast<std::size_t>(known - models.begin())] = read_answer(cursor);
    }
  }
}

bool read_line(json::Cursor cursor, std::span<const PricedModel> models, Line& line) {
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    json::RawString raw;
    if (cursor.key_is("text") && cursor.read_string(raw)) {
      json::unescape(raw.raw, line.text);
    } else if (cursor.key_is("subject") && cursor.read_string(raw)) {
      json::unescape(raw.raw, line.subject);
    } else if (cursor.key_is("models")) {
      read_models(cursor, models, line);
    } else {
      cursor.skip();
    }
  }
  return cursor.finished() && !line.text.empty();
}

AnsweredQuestion question_of(Line line, std::span<const PricedModel> models) {
  AnsweredQuestion out{.subject = std::move(line.subject), .characters = static_cast<double>(line.text.size())};
  for (std::size_t i = 0; i < models.size(); ++i) {
    const Answer& answer = *line.answers[i];
    const double dollars_times_million =
        (out.characters * models[i].input_price + answer.characters * models[i].output_price) / kCharactersPerToken;
    out.quality.push_back(answer.right ? 1 : 0);
    out.cost.push_back(dollars_times_million * 1e-3);
  }
  return out;
}

}  // namespace

Result<std::vector<AnsweredQuestion>> load_answers(const std::string& data, std::span<const PricedModel> models) {
  const std::string path = data + "/routing/mmlu_pro_models.jsonl";
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail(ErrorCode::kNotFound, path + ": cannot be opened");
  json::Document document(kMaxLine);
  std::vector<AnsweredQuestion> out;
  std::size_t number = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    if (text.empty()) continue;
    Line line;
    line.answers.resize(models.size());
    PM_CHECK(document.open(text));
    if (!read_line(document.root(), models, line)) {
      return base::fail(ErrorCode::kParse, path + ":" + std::to_string(number) + ": is not a row of MMLU-Pro answers");
    }
    const auto answered = [](const std::optional<Answer>& one) { return one.has_value(); };
    if (std::ranges::all_of(line.answers, answered)) out.push_back(question_of(std::move(line), models));
  }
  return out;
}

}  // namespace pointsman::bench
