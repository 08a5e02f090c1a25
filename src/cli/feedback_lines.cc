#include "cli/feedback_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "base/suggest.h"
#include "cli/text_format.h"
#include "learn/json_lines.h"

namespace pointsman::cli {
namespace {

using base::Result;
using ledger::Feedback;

constexpr std::string_view kExample = R"({"decision_id": "0198f3a2-...", "category": "refunds"})";

learn::ReadLimits limits() {
  learn::ReadLimits limits;
  limits.examples = kMaxFeedbackLines;
  limits.line_bytes = std::size_t{256} << 10;  // its longest texts, all escaped
  return limits;
}

class Lines final : learn::JsonLines {
 public:
  Lines(std::string_view bytes, std::string_view name, const std::string& annotator)
      : JsonLines(bytes, name, limits(), kExample, "lines"), annotator_(annotator) {}

  Result<std::vector<FeedbackLine>> read() {
    PM_CHECK(read_lines());
    return std::move(out_);
  }

 private:
  struct Member {
    std::string_view name;
    std::string_view also;
    void (Lines::*read)(Field&, std::size_t, const std::string&);
  };
  static constexpr std::size_t kMembers = 10;
  static const std::array<Member, kMembers> kKnown;

  void begin_line() override {
    now_ = FeedbackLine{.line = line()};
    seen_ = 0;
  }
  std::size_t kept() const override { return out_.size(); }

  void read_member(Field& field, std::size_t where, const std::string& name) override {
    const auto known = std::ranges::find_if(
        kKnown, [&](const Member& one) { return one.name == name || (!one.also.empty() && one.also == name); });
    if (known == kKnown.end()) return report(where, unknown(name));
    const unsigned bit = 1U << (known - kKnown.begin());
    if ((seen_ & bit) != 0) return report(where, fmt::format("\"{}\" stands twice", known->name));
    seen_ |= bit;
    (this->*known->read)(field, where, name);
  }
  static std::string unknown(const std::string& name) {
    std::vector<std::string> names;
    for (const Member& one : kKnown) names.emplace_back(one.name);
    const auto near = base::nearest_names(name, names, 1);
    return fmt::format("the member \"{}\" is not known{}", printable(name),
                       near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near.front()));
  }

  void read_bounded(Field& field, std::size_t where, const std::string& name, std::string& into, std::size_t most) {
    read_string(field, where, name, into);
    if (into.size() > most)
      report(where, fmt::format("\"{}\" has {} bytes; at most {} are kept", name, into.size(), most));
  }
  void read_short(Field& field, std::size_t where, const std::string& name, std::string& into, std::size_t most) {
    read_string(field, where, name, into);
    const std::string wrong = wrong_name(into, most);
    if (!wrong.empty()) report(where, fmt::format("\"{}\" {}", name, wrong));
  }

  void read_decision(Field& field, std::size_t where, const std::string& name) {
    std::string text;
    read_string(field, where, name, text);
    now_.decision_column = where;
    const auto id = base::Uuid::parse(text);
    if (!id) return report(where, fmt::format("'{}' is not the whole id of a decision", printable(text)));
    now_.said.decision = *id;
  }
  void read_category(Field& field, std::size_t where, const std::string& name) {
    now_.category_column = where;
    bool null = false;
    if (field.value().is_null().get(null) == simdjson::SUCCESS && null) {
      now_.said.no_category = true;
      return;
    }
    read_short(field, where, name, now_.said.category, Feedback::kMaxComment);
  }
  void read_verdict(Field& field, std::size_t where, const std::string& name) {
    std::string verdict;
    read_string(field, where, name, verdict);
    const auto fit = ledger::fit_from(verdict);
    if (!fit || *fit == ledger::Fit::kUnsaid) {
      return report(where, R"("verdict" must be "good_fit", "underpowered" or "overpowered")");
    }
    now_.said.fit = *fit;
  }
  void read_rating(Field& field, std::size_t where, const std::string&) {
    std::int64_t rating = 0;
    if (field.value().get_int64().get(rating) != simdjson::SUCCESS || rating < 1 || rating > 5) {
      return report(where, "\"rating\" must be a whole number from 1 to 5");
    }
    now_.said.rating = static_cast<int>(rating);
  }
  void read_comment(Field& field, std::size_t where, const std::string& name) {
    read_bounded(field, where, name, now_.said.comment, Feedback::kMaxComment);
  }
  void read_output(Field& field, std::size_t where, const std::string& name) {
    read_bounded(field, where, name, now_.said.corrected_output, Feedback::kMaxOutput);
  }
  void read_annotator(Field& field, std::size_t where, const std::string& name) {
    read_short(field, where, name, now_.said.who, Feedback::kMaxWho);
  }
  void read_golden(Field& field, std::size_t where, const std::string&) {
    if (field.value().get_bool().get(now_.said.golden) != simdjson::SUCCESS) {
      report(where, "\"golden\" must be true or false");
    }
  }
  void read_slice(Field& field, std::size_t where, const std::string&) {
    double rate = 0;
    if (field.value().get_double().get(rate) != simdjson::SUCCESS || !(rate > 0) || rate > 1) {
      return report(where, "\"slice\" must be the probability, above 0 and at most 1, with which it was drawn");
    }
    now_.said.slice = rate;
  }
  void read_key(Field& field, std::size_t where, const std::string& name) {
    std::string key;
    read_short(field, where, name, key, Feedback::kMaxIdempotencyKey - chosen_key("").size());
    now_.said.idempotency_key = chosen_key(key);
  }

  void end_line() override {
    Feedback& said = now_.said;
    if (now_.decision_column == 0) return report(1, "\"decision_id\" is missing: what is this about?");
    const bool says = said.labels() || said.fit != ledger::Fit::kUnsaid || said.rating || !said.comment.empty() ||
                      !said.corrected_output.empty();
    if (!says) {
      return report(1, "says nothing: at least one of category, verdict, rating, comment, corrected_output is needed");
    }
    if (said.golden && !said.labels()) return report(1, "\"golden\" needs a category (or null for none of them)");
    if (said.who.empty()) said.who = annotator_;
    std::string content = content_key(said);
    if (said.idempotency_key.empty()) {
      said.idempotency_key = std::move(content);
    } else if (contents_.try_emplace(said.idempotency_key, content).first->second != content) {
      return report(1, "an earlier line has the same idempotency_key and says something else");
    }
    out_.push_back(std::move(now_));
  }

  const std::string& annotator_;
  std::vector<FeedbackLine> out_;
  FeedbackLine now_;
  unsigned seen_ = 0;
  std::unordered_map<std::string, std::string> contents_;  // by the key that was chosen
};

const std::array<Lines::Member, Lines::kMembers> Lines::kKnown = {{
    {"decision_id", "decision", &Lines::read_decision},
    {"category", "", &Lines::read_category},
    {"verdict", "", &Lines::read_verdict},
    {"rating", "", &Lines::read_rating},
    {"comment", "", &Lines::read_comment},
    {"corrected_output", "", &Lines::read_output},
    {"annotator", "who", &Lines::read_annotator},
    {"golden", "", &Lines::read_golden},
    {"slice", "", &Lines::read_slice},
    {"idempotency_key", "", &Lines::read_key},
}};

}  // namespace

std::string wrong_name(std::string_view name, std::size_t most) {
  if (name.empty()) return "is empty";
  if (name.size() > most) return fmt::format("has {} bytes; at most {} are kept", name.size(), most);
  const bool control =
      std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return control ? "has control characters" : "";
}

std::string content_key(const Feedback& said) {
  std::string content;
  const auto add = [&content](std::string_view part) { content += fmt::format("{}:{},", part.size(), part); };
  add(said.decision.to_string());
  add(said.who);
  add(said.no_category ? "none" : "");
  add(said.category);
  add(to_string(said.fit));
  add(said.rating ? std::to_string(*said.rating) : std::string());
  add(said.comment);
  add(said.corrected_output);
  add(said.golden ? "golden" : "");
  if (said.slice > 0) add(fmt::format("{}", said.slice));
  return "content:" + base::sha256_hex(content);
}

std::string chosen_key(std::string_view key) {
  return "cli:" + std::string(key);
}

Result<std::vector<FeedbackLine>> read_feedback_lines(std::string_view bytes, std::string_view name,
                                                      const std::string& annotator) {
  return Lines(bytes, name, annotator).read();
}

}  // namespace pointsman::cli
