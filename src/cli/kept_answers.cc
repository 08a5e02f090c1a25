#include "cli/kept_answers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>

#include "cli/files.h"
#include "json/writer.h"

namespace pointsman::cli {

using base::ErrorCode;
using base::Result;
using classify::Opinion;

namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 30;
constexpr std::size_t kMaxLine = std::size_t{1} << 20;
constexpr std::size_t kMaxCategories = 10'000;
constexpr std::size_t kMaxWord = 64;
constexpr double kMostDollars = 1e6;
constexpr std::size_t kMostMicroseconds = 86'400'000'000;

base::Error io_error(const std::string& path) {
  return base::Error(ErrorCode::kIo, path + ": " + std::strerror(errno));
}

// Reads one line; `known` is what the words it holds stand for.
class AnswerReader {
 public:
  explicit AnswerReader(std::string_view line) : in_(line, kMaxLine) {}

  Result<std::pair<std::string, KeptAnswer>> read() {
    PM_CHECK(in_.open());
    Opinion& opinion = out_.opinion;
    in_.object("an answer: an object",
               {{"key", [this] { key_ = in_.text(kMaxWord); }},
                {"outcome", [&] { word(opinion.outcome, classify::opinion_outcome_from, "an outcome"); }},
                {"source", [&] { word(opinion.source, classify::opinion_source_from, "a source"); }},
                {"offered", [this] { offered(); }},
                {"probabilities", [this] { probabilities(); }},
                {"coverage", [&] { opinion.coverage = static_cast<float>(in_.number(0, 1 + 1e-3)); }},
                {"none_offered", [&] { opinion.none_offered = in_.flag(); }},
                {"cost_usd", [this] { cost(); }},
                {"took_us", [this] { took(); }}});
    PM_CHECK(in_.result());
    return std::pair(std::move(key_), std::move(out_));
  }

 private:
  template <class T>
  void word(T& out, std::optional<T> (*from)(std::string_view), std::string_view what) {
    const std::size_t at = in_.offset();
    const auto known = from(in_.text(kMaxWord));
    if (!known) return in_.wrong(at, fmt::format("expected {}", what));
    out = *known;
  }
  void offered() {
    in_.list("a list of categories", kMaxCategories,
             [this] { out_.opinion.offered.push_back(static_cast<int>(in_.count(kMaxCategories))); });
  }
  void probabilities() {
    in_.list("a list of probabilities", kMaxCategories,
             [this] { out_.opinion.probabilities.push_back(static_cast<float>(in_.number(0, 1 + 1e-3))); });
  }
  void cost() {
    if (in_.skip_if_null()) return;
    out_.cost = base::Money{std::llround(in_.number(0, kMostDollars) * 1e9)};
  }
  void took() { out_.took = std::chrono::microseconds(static_cast<std::int64_t>(in_.count(kMostMicroseconds))); }

  json::StrictReader in_;
  std::string key_;
  KeptAnswer out_;
};

}  // namespace

std::string write_answer(std::string_view key, const KeptAnswer& answer) {
  const Opinion& opinion = answer.opinion;
  std::string out;
  json::Writer json(out);
  json.begin_object().member("key", key).member("outcome", to_string(opinion.outcome));
  json.member("source", to_string(opinion.source));
  json.key("offered").begin_array();
  for (const int one : opinion.offered) json.value(one);
  json.end_array().key("probabilities").begin_array();
  for (const float one : opinion.probabilities) json.value(one);
  json.end_array().member("coverage", opinion.coverage).member("none_offered", opinion.none_offered);
  json.key("cost_usd");
  answer.cost ? json.raw(answer.cost->to_string()) : json.null();
  json.member("took_us", answer.took.count()).end_object();
  return out;
}

Result<std::pair<std::string, KeptAnswer>> read_answer(std::string_view line) {
  return AnswerReader(line).read();
}

KeptAnswers::KeptAnswers(KeptAnswers&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)), answers_(std::move(other.answers_)) {}

KeptAnswers::~KeptAnswers() {
  if (file_ >= 0) ::close(file_);
}

Result<KeptAnswers> KeptAnswers::open(const std::string& path) {
  KeptAnswers out;
  out.path_ = path;
  std::size_t whole = 0;
  if (auto bytes = read_file(path, kMaxFile)) {
    whole = bytes->rfind('\n') + 1;  // 0 if there is none
    PM_CHECK(out.read(std::string_view(*bytes).substr(0, whole)));
  } else if (bytes.error().code() != ErrorCode::kNotFound) {
    return base::fail(std::move(bytes).error());
  }
  out.file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (out.file_ < 0 || ::ftruncate(out.file_, static_cast<off_t>(whole)) != 0) return base::fail(io_error(path));
  return out;
}

Result<void> KeptAnswers::read(std::string_view bytes) {
  for (std::size_t number = 1; !bytes.empty(); ++number) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (line.empty()) continue;
    auto answer = read_answer(line);
    if (!answer) {
      return base::fail(ErrorCode::kParse, fmt::format("{}: line {}: {}", path_, number, answer.error().message()));
    }
    answers_.insert_or_assign(std::move(answer->first), std::move(answer->second));
  }
  return {};
}

const KeptAnswer* KeptAnswers::find(const std::string& key) const {
  const auto at = answers_.find(key);
  return at == answers_.end() ? nullptr : &at->second;
}

Result<void> KeptAnswers::add(const std::string& key, KeptAnswer answer) {
  const std::string line = write_answer(key, answer) + "\n";
  answers_.insert_or_assign(key, std::move(answer));
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t wrote = ::write(file_, line.data() + done, line.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return base::fail(io_error(path_));
    done += static_cast<std::size_t>(wrote);
  }
  return {};
}

}  // namespace pointsman::cli
