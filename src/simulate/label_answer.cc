#include "simulate/label_answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "simulate/json_text.h"

namespace pointsman::simulate {
namespace {

constexpr std::string_view kOtherLabel = "something_else";
constexpr double kOtherChance = 0.6;
constexpr std::string_view kSentence = "I think the label that fits best is the first one.";
constexpr std::string_view kEndOfText = "<|im_end|>";

class Writer {
 public:
  Writer(LabelAnswer& out, std::uint32_t most, bool logprobs, std::uint32_t top)
      : out_(out), most_(most), logprobs_(logprobs), top_(top) {}

  // A token that could hardly be another.
  void fixed(std::string_view token) {
    if (full()) return;
    put(token);
    if (logprobs_) out_.odds.push_back(certain_odds(token, top_, out_.odds.size()));
  }
  void label(LabelPlace place) {
    for (const std::string& token : place.labels[place.written]) {
      if (full()) return;
      put(token);
      if (logprobs_) out_.odds.push_back(odds_at(place, top_));
      ++place.token;
      place.outside = 0;  // once it has begun to write a label, it writes one
    }
  }
  // The token behind a label that may be the beginning of a longer one.
  void after(LabelPlace place) {
    if (full()) return;
    put(place.after);
    place.token = place.labels[place.written].size();
    place.outside = 0;
    if (logprobs_) out_.odds.push_back(odds_at(place, top_));
  }
  bool full() {
    out_.cut = out_.answer.token_ends.size() >= most_;
    return out_.cut;
  }

 private:
  void put(std::string_view token) {
    out_.answer.text += token;
    out_.answer.token_ends.push_back(static_cast<std::uint32_t>(out_.answer.text.size()));
  }

  LabelAnswer& out_;
  std::uint32_t most_;
  bool logprobs_;
  std::uint32_t top_;
};

// The inside of a JSON string.
std::string escaped(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out.substr(1, out.size() - 2);
}

void write_confidence(Writer& writer, double confidence) {
  writer.fixed("0");
  writer.fixed(".");
  std::string digits = fmt::format("{:.2f}", std::min(confidence, 0.99)).substr(2);
  if (digits.ends_with('0')) digits.pop_back();
  writer.fixed(digits);
}

// Cut as a vocabulary would: {" category ":" X "} and with a confidence {" category ":" X "," confidence ": 0 . 95 }
void write_json(Writer& writer, const LabelQuestion& question, LabelPlace place, double confidence) {
  const bool states = !question.confidence_member.empty();
  writer.fixed("{\"");
  if (states && question.confidence_first) {
    writer.fixed(escaped(question.confidence_member));
    writer.fixed("\":");
    write_confidence(writer, confidence);
    writer.fixed(",\"");
  }
  writer.fixed(escaped(question.label_member));
  writer.fixed("\":\"");
  const bool states_behind = states && !question.confidence_first;
  place.after = states_behind ? "\",\"" : "\"}";
  writer.label(place);
  writer.after(place);
  if (!states_behind) return;
  writer.fixed(escaped(question.confidence_member));
  writer.fixed("\":");
  write_confidence(writer, confidence);
  writer.fixed("}");
}

void write_sentence(Writer& writer) {
  for (std::size_t begin = 0; begin < kSentence.size();) {
    const std::size_t end = std::min(kSentence.find(' ', begin + 1), kSentence.size());
    writer.fixed(kSentence.substr(begin, end - begin));
    begin = end;
  }
}

}  // namespace

LabelAnswer answer_label(const LabelQuestion& question, const LabelOffer& offer, const Teacher& teacher,
                         std::uint64_t sample, FaultKind fault) {
  const TeacherOpinion opinion = teacher.opinion(question.text, offer.categories);
  LabelAnswer out;
  Writer writer(out, question.max_tokens.value_or(UINT32_MAX), question.logprobs, question.top_logprobs);
  std::vector<std::vector<std::string>> labels;
  for (const std::string& label : offer.labels) {
    labels.push_back(label_tokens(question.form == LabelForm::kJson ? escaped(label) : label));
  }
  std::vector<double> chances = opinion.chances;
  std::size_t written = teacher.choose(opinion, question.temperature, sample);
  if (fault == FaultKind::kOtherLabel) {
    for (double& chance : chances) chance *= 1 - kOtherChance;
    written = labels.size();
    labels.push_back(label_tokens(kOtherLabel));
    chances.push_back(kOtherChance * (1 - opinion.outside));
  }
  const LabelPlace place{.labels = labels,
                         .chances = chances,
                         .written = written,
                         .after = kEndOfText,
                         .outside = opinion.outside,
                         .masked = question.form == LabelForm::kJson};
  if (fault == FaultKind::kWrongJson) {
    write_sentence(writer);
  } else if (question.form == LabelForm::kJson) {
    write_json(writer, question, place, opinion.stated);
  } else {
    writer.label(place);
  }
  writer.full();
  return out;
}

}  // namespace pointsman::simulate
