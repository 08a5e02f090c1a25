#include "consult/label_evidence.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "consult/labels.h"
#include "json/text.h"

namespace pointsman::consult {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// The beginning of a label as far as bytes of the answer say.
struct Beginning {
  std::string text;
  bool whole = false;  // the value ends here
};

// How many bytes the escape at the front of `raw` takes; 0 if it is not whole.
std::size_t escape_length(std::string_view raw) {
  if (raw.size() < 2) return 0;
  if (raw[1] != 'u') return 2;
  return raw.size() < 6 ? 0 : 6;
}

Beginning read_json(std::string_view raw) {
  std::size_t end = 0;
  while (end < raw.size() && raw[end] != '"') {
    const std::size_t length = raw[end] == '\\' ? escape_length(raw.substr(end)) : 1;
    if (length == 0) break;
    end += length;
  }
  Beginning out;
  out.whole = end < raw.size() && raw[end] == '"';
  json::unescape(raw.substr(0, end), out.text);
  return out;
}

Beginning read_value(std::string_view raw, ValueForm form) {
  Beginning out = form == ValueForm::kJson ? read_json(raw) : Beginning{std::string(raw)};
  out.text.erase(out.text.begin(), std::ranges::find_if_not(out.text, is_space));
  if (form == ValueForm::kBare) {
    while (!out.text.empty() && is_space(out.text.back())) {
      out.text.pop_back();
      out.whole = true;
    }
  }
  return out;
}

// At most 1, whatever a provider says.
double probability_of(float logprob) {
  if (!(logprob > kOutsideTheList)) return 0;  // NaN too
  return std::exp(std::min(0.0, static_cast<double>(logprob)));
}

// One walk along the tokens that were written.
class Walk {
 public:
  Walk(const llm::LabelAnswer& answer, const ValueSpan& span, std::span<const std::string_view> labels)
      : answer_(answer), span_(span), labels_(labels), mass_(labels.size(), 0.0) {}

  // False if the tokens do not spell the text.
  bool find_start() {
    std::string spelt;
    std::vector<std::size_t> begins;
    for (const llm::AnswerToken& token : answer_.tokens) {
      begins.push_back(spelt.size());
      spelt += token.chosen.bytes;
    }
    // A provider may leave white space out of the text, or give tokens that close the turn.
    const std::size_t shift = spelt.find(answer_.text);
    if (shift == std::string::npos || span_.begin >= span_.end || span_.end > answer_.text.size()) return false;
    const std::size_t value = shift + span_.begin;
    const auto behind = std::ranges::upper_bound(begins, value);
    at_ = static_cast<std::size_t>(behind - begins.begin()) - 1;
    // An alternative to the token that ends where the value begins may go on into the value.
    if (begins[at_] == value && at_ > 0) --at_;
    lead_ = spelt.substr(begins[at_], value - begins[at_]);
    if (span_.form == ValueForm::kBare && std::ranges::all_of(lead_, is_space)) lead_.clear();
    return true;
  }

  // Shares `path` (the probability of what was written up to here) out until no token is left undecided.
  void run() {
    double path = 1;
    while (path > 0 && at_ < answer_.tokens.size()) {
      path *= step(path);
      ++at_;
    }
    // The answer ended where it still fits several labels: it is the one that was written out, if there is one.
    if (path > 0 && !value_.empty()) give(path, fitting({read_value(value_, span_.form).text, true}));
  }

  std::optional<LabelEvidence> evidence() {
    double total = 0;
    for (const double mass : mass_) total += mass;
    if (!(total > 0)) return std::nullopt;
    for (double& mass : mass_) mass /= total;
    return LabelEvidence{std::move(mass_), std::min(1.0, total)};
  }

 private:
  std::vector<std::size_t> fitting(const Beginning& beginning) const {
    std::vector<std::size_t> out;
    if (beginning.text.empty()) return out;
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      if (beginning.whole && labels_[i].size() != beginning.text.size()) continue;
      if (begins_with_folded(labels_[i], beginning.text)) out.push_back(i);
    }
    return out;
  }

  void give(double mass, const std::vector<std::size_t>& labels) {
    for (const std::size_t i : labels) mass_[i] += mass / static_cast<double>(labels.size());
  }

  // The bytes of the value in an alternative at the present position; nothing if it changes what stands before them.
  std::optional<std::string_view> value_part(std::string_view bytes) const {
    if (lead_.empty()) return bytes;
    if (!bytes.starts_with(lead_)) return std::nullopt;
    return bytes.substr(lead_.size());
  }

  void other(const llm::TokenChance& chance, double path) {
    const auto part = value_part(chance.bytes);
    if (!part) return;
    std::string raw = value_;
    raw += *part;
    give(path * probability_of(chance.logprob), fitting(read_value(raw, span_.form)));
  }

  // How much of the list at the present position keeps the punctuation in front of the value.
  double kept_share(const llm::AnswerToken& token) const {
    double kept = 0;
    bool listed = false;
    for (const llm::TokenChance& chance : token.top) {
      listed = listed || chance.bytes == token.chosen.bytes;
      if (value_part(chance.bytes)) kept += probability_of(chance.logprob);
    }
    if (!listed) kept += probability_of(token.chosen.logprob);
    return kept;
  }

  // Gives away the mass of one position; returns the share of its written token if that is still undecided, else 0.
  double step(double path) {
    const llm::AnswerToken& token = answer_.tokens[at_];
    // Whichever punctuation a model prefers, the label behind it is what counts.
    const double kept = lead_.empty() ? 1 : kept_share(token);
    if (!(kept > 0)) return skip(token);
    bool seen = false;
    for (const llm::TokenChance& chance : token.top) {
      const bool is_written = !seen && chance.bytes == token.chosen.bytes;
      seen = seen || is_written;
      if (!is_written) other(chance, path / kept);
    }
    return written(token, path, probability_of(token.chosen.logprob) / kept);
  }

  // Nobody knows how probable the punctuation was.
  double skip(const llm::AnswerToken& token) {
    const bool all = token.chosen.bytes == lead_;
    lead_.clear();
    return all ? 1 : 0;
  }

  double written(const llm::AnswerToken& token, double path, double share) {
    value_ += value_part(token.chosen.bytes).value_or(std::string_view());
    lead_.clear();
    const Beginning beginning = read_value(value_, span_.form);
    const std::vector<std::size_t> labels = fitting(beginning);
    if (beginning.text.empty() || (labels.size() > 1 && !beginning.whole)) return share;
    give(path * share, labels);
    return 0;
  }

  const llm::LabelAnswer& answer_;
  const ValueSpan& span_;
  std::span<const std::string_view> labels_;
  std::vector<double> mass_;
  std::size_t at_ = 0;
  std::string lead_;   // bytes of the present token that stand before the value
  std::string value_;  // bytes of the value written so far
};

}  // namespace

std::optional<LabelEvidence> label_evidence(const llm::LabelAnswer& answer, const ValueSpan& span,
                                            std::span<const std::string_view> labels) {
  if (answer.tokens.empty() || labels.empty()) return std::nullopt;
  Walk walk(answer, span, labels);
  if (!walk.find_start()) return std::nullopt;
  walk.run();
  return walk.evidence();
}

}  // namespace pointsman::consult
