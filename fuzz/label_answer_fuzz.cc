// links: pm_consult pm_wire
// parses: consult/reply wire/label_format
// Answers of small models, in both protocols: any bytes give an error, a refusal, or a proper opinion; and what we ask
// is JSON whatever the texts are. The first byte says what is asked, the rest is the answer.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "consult/reply.h"
#include "consult/text_key.h"
#include "json/document.h"
#include "json/text.h"
#include "wire/anthropic_messages/label_call.h"
#include "wire/label_format.h"
#include "wire/openai_chat/label_call.h"

namespace {

using namespace pointsman;

void require(bool good) {
  if (!good) std::abort();
}

consult::LabelSet make_labels(bool many, consult::NoneLabel none) {
  std::vector<std::string> names = {"code", "math", "reset password"};
  for (int i = 0; many && i < 40; ++i) names.push_back("number " + std::to_string(i));
  const std::vector<std::string_view> views(names.begin(), names.end());
  return *consult::LabelSet::make(views, {}, none);
}

const consult::LabelSet& labels_of(unsigned char kind) {
  using consult::NoneLabel;
  static const std::array<consult::LabelSet, 4> kSets = {
      make_labels(false, NoneLabel::kLeftOut), make_labels(true, NoneLabel::kLeftOut),
      make_labels(false, NoneLabel::kOffered), make_labels(true, NoneLabel::kOffered)};
  return kSets[kind & 3];
}

void check_opinion(const classify::Opinion& opinion, const consult::LabelSet& labels) {
  if (opinion.outcome != classify::OpinionOutcome::kUsed) {
    require(opinion.probabilities.empty());
    return;
  }
  require(opinion.probabilities.size() == labels.size());
  float sum = 0;
  for (const float p : opinion.probabilities) {
    require(p >= 0 && p <= 1);
    sum += p;
  }
  require(sum < 1.001F && (labels.has_none() || sum > 0.999F));
  require(opinion.coverage >= 0 && opinion.coverage <= 1);
}

void check_answer(const llm::LabelAnswer& answer, unsigned char kind) {
  static json::Document document(1U << 16);
  require(answer.text.size() <= wire::kMaxLabelText);
  const consult::LabelSet& labels = labels_of(kind);
  const std::vector<int> some = {0, 2};
  const consult::Asked asked = {.labels = labels,
                                .offered = (kind & 4) != 0 ? std::span<const int>(some) : std::span<const int>(),
                                .structure = static_cast<llm::LabelStructure>((kind >> 4) % 3),
                                .confidence = (kind & 8) != 0};
  check_opinion(consult::read_reply(answer, asked, document).opinion, labels);
  const std::vector<llm::LabelAnswer> twice = {answer, answer};
  check_opinion(consult::read_samples(twice, asked, document).opinion, labels);
}

void check_question(std::string_view text) {
  static json::Document document(1U << 22);
  llm::LabelQuestion question;
  question.text = text;
  question.system = text;
  question.labels = {std::string(text), "B"};
  question.examples = {{std::string(text), std::string(text)}};
  std::string chat, messages;
  wire::openai_chat::write_label_request(question, {}, chat);
  require(document.validate(chat).has_value());
  require(wire::anthropic_messages::write_label_request(question, {}, messages).has_value());
  require(document.validate(messages).has_value());
  const std::string key = consult::text_key(text);
  require(key.size() <= consult::kMaxKeyBytes && json::find_invalid_utf8(key) == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (1U << 16)) return 0;
  static json::Document document(1U << 20);
  const unsigned char kind = data[0];
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (const auto chat = wire::openai_chat::read_label_answer(body, document)) check_answer(*chat, kind);
  if (const auto messages = wire::anthropic_messages::read_label_answer(body, document)) check_answer(*messages, kind);
  llm::LabelAnswer bare;
  bare.text = body.substr(0, wire::kMaxLabelText);
  bare.cut = (kind & 128) != 0;
  // The text as tokens of its own: three bytes each, with what stands behind as an alternative.
  for (std::size_t at = 0; at < bare.text.size() && bare.tokens.size() < 128; at += 3) {
    llm::AnswerToken& token = bare.tokens.emplace_back();
    token.chosen = {bare.text.substr(at, 3), -static_cast<float>(kind % 7)};
    token.top = {{bare.text.substr(std::min(bare.text.size(), at + 3), 2), -0.5F}, {bare.text.substr(at, 1), -1.0F}};
  }
  check_answer(bare, kind);
  const auto said = wire::read_provider_error(body, document);
  require(wire::label_error(400, said).message().size() < 400);
  check_question(body);
  return 0;
}
