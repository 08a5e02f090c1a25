#include "consult/reply.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "consult/label_evidence.h"
#include "json/text.h"

namespace pointsman::consult {
namespace {

using classify::OpinionOutcome;
using classify::OpinionSource;

constexpr std::size_t kMaxAnswerBytes = 4096;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// The categories on offer, then kNoCategory if the labels have it, and their labels.
struct Offer {
  explicit Offer(const Asked& asked) {
    const std::size_t number = asked.offered.empty() ? asked.labels.size() : asked.offered.size();
    for (std::size_t k = 0; k < number; ++k) add(asked, asked.offered.empty() ? static_cast<int>(k) : asked.offered[k]);
    if (asked.labels.has_none()) add(asked, kNoCategory);
  }
  void add(const Asked& asked, int category) {
    categories.push_back(category);
    labels.push_back(asked.labels.label(category));
  }
  // Position of the label that `text` is: as it stands, else without white space around it and whatever its case.
  std::optional<std::size_t> find(std::string_view text) const {
    const auto exact = std::ranges::find(labels, text);
    if (exact != labels.end()) return static_cast<std::size_t>(exact - labels.begin());
    const std::string_view bare = trimmed(text);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i].size() == bare.size() && begins_with_folded(labels[i], bare)) return i;
    }
    return std::nullopt;
  }
  // The only label that begins with `text`.
  std::optional<std::size_t> find_beginning(std::string_view text) const {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (text.empty() || !begins_with_folded(labels[i], text)) continue;
      if (found) return std::nullopt;
      found = i;
    }
    return found;
  }

  std::vector<int> categories;
  std::vector<std::string_view> labels;
};

// A label found in an answer.
struct Found {
  std::size_t label = 0;  // position in the offer
  ValueSpan span;
  std::optional<double> confidence;
};

// Reads {"category": ..., "confidence": ...} and nothing that could be read in two ways.
class JsonReading {
 public:
  JsonReading(std::string_view text, json::Document& document) : text_(text), document_(document) {}

  bool run() {
    if (!document_.open(text_)) return false;
    json::Cursor cursor = document_.root();
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) member(cursor);
    const bool good = cursor.finished() && !twice_ && !wrong_type_;
    document_.close();
    return good;
  }

  bool has_category() const { return categories_ == 1; }
  const std::string& category() const { return category_; }
  const ValueSpan& span() const { return span_; }
  bool has_confidence() const { return confidences_ == 1; }
  std::optional<double> confidence() const { return confidence_; }

 private:
  void member(json::Cursor& cursor) {
    if (cursor.key_is("category")) {
      twice_ = twice_ || ++categories_ > 1;
      json::RawString raw;
      if (cursor.read_string(raw)) return set_category(raw);
      wrong_type_ = true;
    } else if (cursor.key_is("confidence")) {
      twice_ = twice_ || ++confidences_ > 1;
      const std::size_t begin = cursor.offset();
      cursor.skip();
      if (!cursor.failed()) set_confidence(text_.substr(begin, cursor.last_end() - begin));
      return;
    }
    cursor.skip();
  }

  void set_category(const json::RawString& raw) {
    span_.begin = static_cast<std::size_t>(raw.raw.data() - text_.data());
    span_.end = span_.begin + raw.raw.size();
    span_.form = ValueForm::kJson;
    category_.clear();
    json::unescape(raw.raw, category_);
  }

  void set_confidence(std::string_view number) {
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    const bool whole = error == std::errc() && end == number.data() + number.size();
    if (whole && value >= 0 && value <= 1) confidence_ = value;
  }

  std::string_view text_;
  json::Document& document_;
  int categories_ = 0;
  int confidences_ = 0;
  bool twice_ = false;
  bool wrong_type_ = false;
  std::string category_;
  ValueSpan span_;
  std::optional<double> confidence_;
};

// The label, or why there is none.
struct Verdict {
  std::optional<Found> found;
  std::string_view reason;
};

Verdict find_in_json(const llm::LabelAnswer& answer, const Asked& asked, const Offer& offer, json::Document& document) {
  JsonReading reading(answer.text, document);
  if (!reading.run()) {
    return {std::nullopt, answer.cut ? std::string_view("cut short") : "not the JSON object that was asked for"};
  }
  if (!reading.has_category()) return {std::nullopt, "no category in it"};
  const auto label = offer.find(reading.category());
  if (!label) return {std::nullopt, "none of the labels on offer"};
  if (asked.confidence && !reading.has_confidence()) return {std::nullopt, "no confidence in it"};
  if (reading.has_confidence() && !reading.confidence()) return {std::nullopt, "its confidence is not from 0 to 1"};
  return {Found{*label, reading.span(), reading.confidence()}, {}};
}

Verdict find_bare(const llm::LabelAnswer& answer, const Asked& asked, const Offer& offer) {
  auto label = offer.find(answer.text);
  // Another vocabulary may need more tokens for a label than it was given.
  const bool may_be_begun = asked.structure == llm::LabelStructure::kToken && answer.cut;
  if (!label && may_be_begun) label = offer.find_beginning(trimmed(answer.text));
  if (!label) return {std::nullopt, answer.cut ? std::string_view("cut short") : "none of the labels on offer"};
  return {Found{*label, {0, answer.text.size(), ValueForm::kBare}, std::nullopt}, {}};
}

Verdict find_label(const llm::LabelAnswer& answer, const Asked& asked, const Offer& offer, json::Document& document) {
  if (trimmed(answer.text).empty()) return {std::nullopt, "an empty answer"};
  if (answer.text.size() > kMaxAnswerBytes) return {std::nullopt, "far longer than a label"};
  return asked.structure == llm::LabelStructure::kJsonSchema ? find_in_json(answer, asked, offer, document)
                                                             : find_bare(answer, asked, offer);
}

classify::Opinion no_opinion(const Asked& asked, OpinionOutcome outcome) {
  classify::Opinion opinion;
  opinion.outcome = outcome;
  opinion.offered.assign(asked.offered.begin(), asked.offered.end());
  opinion.none_offered = asked.labels.has_none();
  return opinion;
}

// `values` are of the labels on offer.
classify::Opinion opinion_of(const Asked& asked, const Offer& offer, OpinionSource source,
                             std::span<const double> values) {
  classify::Opinion opinion = no_opinion(asked, OpinionOutcome::kUsed);
  opinion.source = source;
  opinion.probabilities.assign(asked.labels.size(), 0.0F);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (offer.categories[i] == kNoCategory) continue;
    opinion.probabilities[static_cast<std::size_t>(offer.categories[i])] = static_cast<float>(values[i]);
  }
  return opinion;
}

std::vector<double> one_label(const Offer& offer, std::size_t label, double confidence) {
  const std::size_t others = offer.labels.size() - 1;
  std::vector<double> values(offer.labels.size(), others == 0 ? 0 : (1 - confidence) / static_cast<double>(others));
  values[label] = confidence;
  return values;
}

}  // namespace

Reply read_reply(const llm::LabelAnswer& answer, const Asked& asked, json::Document& document) {
  if (answer.refused) return {no_opinion(asked, OpinionOutcome::kRefused), "it would not answer"};
  const Offer offer(asked);
  const Verdict verdict = find_label(answer, asked, offer, document);
  if (!verdict.found) return {no_opinion(asked, OpinionOutcome::kUnusable), verdict.reason};
  const Found& found = *verdict.found;
  Reply reply;
  if (const auto evidence = label_evidence(answer, found.span, offer.labels)) {
    reply.opinion = opinion_of(asked, offer, OpinionSource::kLogprobs, evidence->probabilities);
    reply.opinion.coverage = static_cast<float>(evidence->coverage);
    return reply;
  }
  if (!answer.tokens.empty()) reply.reason = "its log-probabilities do not belong to its text";
  const bool stated = found.confidence && asked.confidence;
  reply.opinion = opinion_of(asked, offer, stated ? OpinionSource::kStated : OpinionSource::kBare,
                             one_label(offer, found.label, stated ? *found.confidence : 1));
  return reply;
}

Reply read_samples(std::span<const llm::LabelAnswer> answers, const Asked& asked, json::Document& document) {
  const Offer offer(asked);
  std::vector<double> counts(offer.labels.size(), 0.5);
  std::size_t used = 0;
  std::optional<Reply> first;
  for (const llm::LabelAnswer& answer : answers) {
    const Verdict verdict =
        answer.refused ? Verdict{std::nullopt, "it would not answer"} : find_label(answer, asked, offer, document);
    if (verdict.found) {
      counts[verdict.found->label] += 1;
      ++used;
    } else if (!first) {
      const auto outcome = answer.refused ? OpinionOutcome::kRefused : OpinionOutcome::kUnusable;
      first = Reply{no_opinion(asked, outcome), verdict.reason};
    }
  }
  if (used == 0) return first.value_or(Reply{no_opinion(asked, OpinionOutcome::kUnusable), "no answer"});
  const double all = static_cast<double>(used) + 0.5 * static_cast<double>(counts.size());
  for (double& count : counts) count /= all;
  Reply reply{opinion_of(asked, offer, OpinionSource::kSampled, counts), {}};
  reply.opinion.coverage = static_cast<float>(used) / static_cast<float>(answers.size());
  return reply;
}

}  // namespace pointsman::consult
