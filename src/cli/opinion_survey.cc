#include "cli/opinion_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/interview.h"
#include "cli/text_format.h"
#include "consult/text_key.h"

namespace pointsman::cli {
namespace {

using base::Result;
using gateway::Heard;

constexpr std::chrono::milliseconds kBetweenShows{200};
constexpr std::size_t kBar = 24;
// A text's key in full: unlike in a cache, one key must never stand for two texts.
constexpr std::size_t kWholeText = std::size_t{1} << 20;

std::string remaining(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  return whole >= 60 ? fmt::format("{} min {:02} s", whole / 60, whole % 60) : fmt::format("{} s", whole);
}

std::optional<base::Money> sum(std::optional<base::Money> a, const std::optional<base::Money>& b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

}  // namespace

std::string question_key(const gateway::Consultant& by, std::string_view text, std::span<const int> offered) {
  const config::LlmConfig& settings = by.settings();
  const std::string how = fmt::format("{}\x1f{}\x1f{}\x1f{}", by.model(), by.prompt_version(),
                                      static_cast<int>(settings.confidence), settings.samples);
  return fmt::format("{:016x}", consult::key_hash(consult::text_key(text, kWholeText), how, offered));
}

OpinionSurvey::OpinionSurvey(gateway::ConsultantPtr by, std::span<const Surveyed> requests, KeptAnswers& answers,
                             Output& progress)
    : by_(std::move(by)), requests_(requests), answers_(answers), progress_(progress) {
  std::set<std::string_view> seen;
  keys_.reserve(requests.size());  // the views stay where they are
  for (const Surveyed& one : requests) {
    keys_.push_back(question_key(*by_, one.text, by_->offer(one.local)));
    if (!seen.insert(keys_.back()).second) continue;
    if (answers_.find(keys_.back()) != nullptr) {
      ++kept_before_;
    } else {
      to_ask_.push_back(keys_.size() - 1);
    }
  }
}

Result<void> OpinionSurvey::ask() {
  std::vector<InterviewQuestion> questions;
  for (const std::size_t at : to_ask_) questions.push_back({requests_[at].text, requests_[at].local});
  began_ = shown_ = std::chrono::steady_clock::now();
  const auto told = [&](std::size_t question, const Heard& heard) -> Result<void> {
    ++asked_;
    paid_ = sum(paid_, heard.note.bill.cost);
    if (answered(heard)) {
      const auto took = std::chrono::duration_cast<std::chrono::microseconds>(heard.note.took);
      PM_CHECK(answers_.add(keys_[to_ask_[question]], {heard.opinion, heard.note.bill.cost, took}));
    } else if (first_failure_.empty()) {
      first_failure_ = heard.failure ? heard.failure->message() : std::string(to_string(heard.opinion.outcome));
    }
    show_progress(questions.size());
    return {};
  };
  const auto done = interview(by_, questions, told);
  if (progress_.is_tty() && asked_ > 0) progress_.write("\r\x1b[K");
  return done;
}

void OpinionSurvey::show_progress(std::size_t all) {
  const base::MonoTime now = std::chrono::steady_clock::now();
  if (!progress_.is_tty() || (now - shown_ < kBetweenShows && asked_ < all)) return;
  shown_ = now;
  const double share = static_cast<double>(asked_) / static_cast<double>(all);
  const double passed = std::chrono::duration<double>(now - began_).count();
  const auto full = static_cast<std::size_t>(share * kBar);
  progress_.print("\r\x1b[K[{}{}] {} of {}, {} so far, about {} left", std::string(full, '#'),
                  std::string(kBar - full, '.'), asked_, all, dollars(paid_), remaining(passed / share - passed));
  progress_.flush();
}

AskingBill OpinionSurvey::bill(std::chrono::milliseconds deadline) const {
  AskingBill out{.asked = asked_, .kept_before = kept_before_, .deadline = deadline};
  if (paid_) out.dollars = paid_->dollars();
  std::vector<std::chrono::microseconds> times;
  std::optional<base::Money> all{base::Money{}};
  for (const std::string& key : std::set<std::string>(keys_.begin(), keys_.end())) {
    const KeptAnswer* one = answers_.find(key);
    if (one == nullptr) continue;
    times.push_back(one->took);
    all = sum(all, one->cost);
  }
  if (times.empty()) return out;
  const auto number = static_cast<double>(times.size());
  if (all) out.question_dollars = all->dollars() / number;
  std::ranges::sort(times);
  out.median = times[times.size() / 2];
  out.late = static_cast<double>(std::ranges::count_if(times, [&](auto one) { return one > deadline; })) / number;
  return out;
}

}  // namespace pointsman::cli
