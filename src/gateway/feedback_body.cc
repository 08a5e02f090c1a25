#include "gateway/feedback_body.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/suggest.h"
#include "json/writer.h"

namespace pointsman::gateway {
namespace {

using base::Error;
using base::ErrorCode;
using base::Origin;
using base::Result;
using ledger::Feedback;

constexpr std::size_t kMaxShown = 64;         // of a name that is wrong
constexpr std::size_t kCategoriesShown = 12;  // where none is near

// What is wrong with a statement, and where.
struct Problem {
  std::size_t offset = 0;
  std::string pointer;
  std::string what;
};

std::string shown(std::string_view name) {
  const std::string_view part = json::utf8_prefix(name, kMaxShown);
  return fmt::format("'{}{}'", part, part.size() < name.size() ? "..." : "");
}

// RFC 6901 section 3.
std::string pointer_to(std::string_view member) {
  std::string out = "/";
  for (const char c : json::utf8_prefix(member, kMaxShown)) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
  const auto near = base::nearest_names(wrong, known, 1);
  return near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near.front());
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Reads one object. After the first thing that is wrong it reads no further.
class Statement {
 public:
  Statement(std::string_view body, json::Cursor cursor, std::span<const std::string> categories)
      : body_(body), in_(cursor), categories_(categories) {}

  // Nothing: problem() says why.
  std::optional<Feedback> read() {
    if (in_.peek() != '{') {
      wrong_at(in_.offset(), "", "expected an object: {\"decision_id\": ..., ...}");
      return std::nullopt;
    }
    const std::size_t begin = in_.offset();
    for (bool more = in_.enter_object(); more && !problem_; more = in_.next_member()) read_member();
    if (!problem_) check_whole(begin);
    if (problem_) return std::nullopt;
    out_.who.insert(0, kApiVoice);
    return std::move(out_);
  }
  const Problem& problem() const { return *problem_; }
  std::size_t decision_at() const { return decision_at_; }

 private:
  struct Member {
    std::string_view name;
    void (Statement::*read)();
  };
  static constexpr std::size_t kMembers = 9;
  static const std::array<Member, kMembers> kKnown;

  void wrong_at(std::size_t offset, std::string_view member, std::string what) {
    problem_ = Problem{offset, member.empty() ? std::string() : pointer_to(member), std::move(what)};
  }
  void wrong(std::string what) { wrong_at(in_.offset(), member_, std::move(what)); }
  void wrong_name(std::string what) {
    const auto behind_quote = static_cast<std::size_t>(in_.key().raw.data() - body_.data());
    wrong_at(behind_quote - 1, member_, std::move(what));
  }

  void read_member() {
    member_.clear();
    json::unescape(in_.key().raw, member_);
    const auto known = std::ranges::find(kKnown, member_, &Member::name);
    if (known == kKnown.end()) {
      std::vector<std::string> names;
      for (const Member& one : kKnown) names.emplace_back(one.name);
      return wrong_name(fmt::format("the member {} is not known{}", shown(member_), did_you_mean(member_, names)));
    }
    const std::uint32_t bit = 1U << (known - kKnown.begin());
    if ((seen_ & bit) != 0) return wrong_name(fmt::format("{} stands twice", shown(member_)));
    seen_ |= bit;
    (this->*known->read)();
  }

  bool read_text(std::string& out, std::size_t most) {
    json::RawString raw;
    if (in_.peek() != '"') {
      wrong("expected a string");
      return false;
    }
    const json::Cursor::Mark here = in_.mark();
    in_.read_string(raw);
    json::unescape(raw.raw, out);
    if (out.size() <= most) return true;
    in_.seek(here);
    wrong(fmt::format("has {} bytes; at most {} are kept", out.size(), most));
    return false;
  }
  // A text that others are shown in one line.
  bool read_name(std::string& out, std::size_t most) {
    const json::Cursor::Mark here = in_.mark();
    if (!read_text(out, most)) return false;
    if (!out.empty() && !has_control(out)) return true;
    in_.seek(here);
    wrong(out.empty() ? "is empty" : "has control characters");
    return false;
  }

  void read_decision() {
    decision_at_ = in_.offset();
    const json::Cursor::Mark here = in_.mark();
    std::string text;
    if (!read_text(text, kMaxFeedbackBytes)) return;
    if (const auto id = base::Uuid::parse(text)) {
      out_.decision = *id;
      return;
    }
    in_.seek(here);
    wrong("expected the value of x-pointsman-decision-id of an answer");
  }
  void read_category() {
    if (in_.skip_if_null()) {
      out_.no_category = true;
      return;
    }
    if (in_.peek() != '"') return wrong("expected a category's name, or null: none of them");
    const json::Cursor::Mark here = in_.mark();
    if (!read_text(out_.category, kMaxFeedbackBytes)) return;
    if (std::ranges::find(categories_, out_.category) != categories_.end()) return;
    in_.seek(here);
    wrong(fmt::format("there is no category {}{}", shown(out_.category), near_category()));
  }
  std::string near_category() const {
    const std::vector<std::string> known(categories_.begin(), categories_.end());
    if (auto near = did_you_mean(out_.category, known); !near.empty()) return near;
    std::string list = known.empty() ? "; the configuration has none" : "; known:";
    for (std::size_t i = 0; i < known.size() && i < kCategoriesShown; ++i) list += (i == 0 ? " " : ", ") + known[i];
    if (known.size() > kCategoriesShown) list += fmt::format(" and {} more", known.size() - kCategoriesShown);
    return list;
  }
  void read_verdict() {
    const json::Cursor::Mark here = in_.mark();
    std::string name;
    if (!read_text(name, kMaxFeedbackBytes)) return;
    const auto fit = ledger::fit_from(name);
    if (fit && *fit != ledger::Fit::kUnsaid) {
      out_.fit = *fit;
      return;
    }
    in_.seek(here);
    wrong("expected \"good_fit\", \"underpowered\" or \"overpowered\"");
  }
  void read_rating() {
    std::int64_t stars = 0;
    const json::Cursor::Mark here = in_.mark();
    if (in_.read_integer(stars) && stars >= 1 && stars <= 5) {
      out_.rating = static_cast<int>(stars);
      return;
    }
    in_.seek(here);
    wrong("expected a whole number from 1 to 5");
  }
  void read_comment() { read_text(out_.comment, Feedback::kMaxComment); }
  void read_output() { read_text(out_.corrected_output, Feedback::kMaxOutput); }
  void read_annotator() { read_name(out_.who, kMaxAnnotator); }
  void read_key() {
    if (read_name(out_.idempotency_key, kMaxClientKey)) out_.idempotency_key.insert(0, kApiVoice);
  }
  void refuse_golden() {
    wrong(
        "golden labels judge classifiers for ever and are not taken over HTTP; make them with "
        "`pointsman feedback --golden`");
  }

  void check_whole(std::size_t begin) {
    if ((seen_ & 1U) == 0) return wrong_at(begin, "decision_id", "'decision_id' is missing: what is this about?");
    const bool says = out_.labels() || out_.fit != ledger::Fit::kUnsaid || out_.rating || !out_.comment.empty() ||
                      !out_.corrected_output.empty();
    if (says) return;
    wrong_at(begin, "", "says nothing: at least one of category, verdict, rating, comment, corrected_output is needed");
  }

  std::string_view body_;
  json::Cursor in_;
  std::span<const std::string> categories_;
  Feedback out_;
  std::string member_;
  std::uint32_t seen_ = 0;
  std::size_t decision_at_ = 0;
  std::optional<Problem> problem_;
};

const std::array<Statement::Member, Statement::kMembers> Statement::kKnown = {
    {{"decision_id", &Statement::read_decision},
     {"category", &Statement::read_category},
     {"verdict", &Statement::read_verdict},
     {"rating", &Statement::read_rating},
     {"comment", &Statement::read_comment},
     {"corrected_output", &Statement::read_output},
     {"annotator", &Statement::read_annotator},
     {"idempotency_key", &Statement::read_key},
     {"golden", &Statement::refuse_golden}}};

// The same statement has the same key, however it was written down.
std::string key_of_content(const Feedback& said) {
  std::string content;
  const auto add = [&content](std::string_view part) { content += fmt::format("{}:{},", part.size(), part); };
  add(said.decision.to_string());
  add(said.who);
  add(said.no_category ? "none" : "");
  add(said.category);
  add(ledger::to_string(said.fit));
  add(said.rating ? std::to_string(*said.rating) : std::string());
  add(said.comment);
  add(said.corrected_output);
  return "import:" + base::sha256_hex(content);
}

}  // namespace

Result<Feedback> read_feedback(std::string_view body, std::span<const std::string> categories,
                               json::Document& document) {
  if (body.size() > kMaxFeedbackBytes) {
    return base::fail(ErrorCode::kTooLarge,
                      fmt::format("has {} bytes; at most {} are taken", body.size(), kMaxFeedbackBytes),
                      Origin::kClient);
  }
  PM_CHECK(document.validate(body));
  PM_CHECK(document.open(body));
  Statement statement(body, document.root(), categories);
  auto said = statement.read();
  document.close();
  if (said) return std::move(*said);
  const Problem& problem = statement.problem();
  return base::fail(Error(ErrorCode::kInvalidArgument, problem.what, Origin::kClient).at(problem.pointer));
}

Result<void> take_key(std::string_view header, Feedback& feedback) {
  const auto refuse = [](std::string what) {
    return base::fail(Error(ErrorCode::kInvalidArgument, "Idempotency-Key " + std::move(what), Origin::kClient)
                          .at("idempotency-key"));
  };
  if (header.size() >= 2 && header.front() == '"' && header.back() == '"') header = header.substr(1, header.size() - 2);
  if (header.empty()) return refuse("is empty");
  if (header.size() > kMaxClientKey) return refuse(fmt::format("has more than {} bytes", kMaxClientKey));
  if (has_control(header) || json::find_invalid_utf8(header) != std::string_view::npos) {
    return refuse("is not plain text");
  }
  std::string key = std::string(kApiVoice) + std::string(header);
  if (!feedback.idempotency_key.empty() && feedback.idempotency_key != key) {
    return refuse("and 'idempotency_key' in the body are two different keys");
  }
  feedback.idempotency_key = std::move(key);
  return {};
}

FeedbackLines::FeedbackLines(std::string text, std::vector<std::string> categories)
    : text_(std::move(text)), categories_(std::move(categories)) {}

std::string_view FeedbackLines::take_line() {
  const std::string_view rest = std::string_view(text_).substr(at_);
  const std::string_view line = rest.substr(0, rest.find('\n'));
  at_ += std::min(line.size() + 1, rest.size());
  ++number_;
  return line;
}

bool FeedbackLines::settle_key(Feedback& said) {
  std::string content = key_of_content(said);
  if (said.idempotency_key.empty()) {
    said.idempotency_key = std::move(content);
    return true;
  }
  return contents_.try_emplace(said.idempotency_key, content).first->second == content;
}

std::optional<FeedbackLines::Line> FeedbackLines::next() {
  constexpr std::string_view kBlank = " \t\r";
  std::string_view line;
  do {
    if (at_ == text_.size()) return std::nullopt;
    line = take_line();
  } while (line.find_first_not_of(kBlank) == std::string_view::npos);
  Line out{number_, static_cast<std::size_t>(line.data() - text_.data()), 0, Feedback{}};
  const auto refuse = [&](std::size_t column, std::string_view pointer, std::string_view what) {
    const std::string place = fmt::format("{}:{}", number_, column);
    const std::string_view colon = pointer.empty() ? "" : ": ";
    out.said = base::fail(
        Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}{}{}", place, pointer, colon, what), Origin::kClient)
            .at(place));
    return out;
  };
  if (++statements_ > kMaxFeedbackLines) {
    at_ = text_.size();
    return refuse(1, "", fmt::format("there are more than {} lines; send them in parts", kMaxFeedbackLines));
  }
  if (line.size() > kMaxFeedbackBytes) return refuse(1, "", fmt::format("has more than {} bytes", kMaxFeedbackBytes));
  if (!document_.validate(line)) {
    const auto fault = json::find_fault(line);
    return refuse(fault ? fault->at.column : 1, "", fault ? fault->what : "not valid JSON");
  }
  if (auto opened = document_.open(line); !opened) return refuse(1, "", opened.error().message());
  Statement statement(line, document_.root(), categories_);
  auto said = statement.read();
  document_.close();
  if (!said) {
    const Problem& problem = statement.problem();
    return refuse(json::position_of(line, problem.offset).column, problem.pointer, problem.what);
  }
  out.decision_at = statement.decision_at();
  if (!settle_key(*said)) return refuse(1, "", "an earlier line has the same idempotency_key and says something else");
  out.said = std::move(*said);
  return out;
}

std::string FeedbackLines::place_of_decision(const Line& line) const {
  const std::string_view text = std::string_view(text_).substr(line.begin);
  return fmt::format("{}:{}", line.number, json::position_of(text, line.decision_at).column);
}

void write_receipt(const base::Uuid& decision, const ledger::Receipt& receipt, std::string& out) {
  json::Writer json(out);
  json.begin_object().member("id", receipt.id.to_string()).member("decision_id", decision.to_string());
  json.member("repeated", receipt.repeated).end_object();
}

void write_import(const ImportCount& count, std::string& out) {
  json::Writer json(out);
  json.begin_object().member("accepted", count.accepted).member("repeated", count.repeated).end_object();
}

void write_refused_import(std::span<const std::string> problems, std::size_t wrong, std::string& out) {
  json::Writer json(out);
  json.begin_object().key("error").begin_object();
  const std::string_view first = problems.empty() ? std::string_view() : std::string_view(problems.front());
  json.member("message", fmt::format("{} {} cannot be taken, so nothing was kept; the first: {}", wrong,
                                     wrong == 1 ? "line" : "lines", first));
  json.member("type", "invalid_request_error").key("param").null().member("code", "invalid_argument");
  json.key("problems").begin_array();
  for (const std::string& one : problems) json.value(one);
  json.end_array().member("wrong", wrong).end_object().end_object();
}

}  // namespace pointsman::gateway
