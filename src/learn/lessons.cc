#include "learn/lessons.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace pointsman::learn {
namespace {

constexpr float kLeastShare = 0.05F;  // a soft label's smaller parts are left out
constexpr int kLimitRounds = 64;

// Orders lessons by what they are about, then by content alone, so that no result depends on the order given.
auto subject_of(const Testimony& one) {
  return std::tuple<std::string_view, std::string_view, int>(one.example.identity(), one.example.context,
                                                             one.example.tools);
}
auto content_of(const Testimony& one) {
  return std::tie(one.source, one.voice, one.when, one.age_days, one.says);
}

// What is left of one text's lessons once it is settled who is heard.
using Heard = std::vector<const Testimony*>;

struct Weighted {
  const Testimony* lesson = nullptr;
  double weight = 0;
};

class Plan {
 public:
  Plan(std::span<const std::string> categories, const LessonOptions& options)
      : categories_(categories), options_(options) {}

  LessonPlan make(std::vector<Testimony> lessons) {
    std::erase_if(lessons, [&](const Testimony& one) { return one.says.size() != categories_.size(); });
    std::ranges::sort(lessons, [](const Testimony& a, const Testimony& b) {
      return subject_of(a) != subject_of(b) ? subject_of(a) < subject_of(b) : content_of(a) < content_of(b);
    });
    for (std::size_t begin = 0; begin < lessons.size();) {
      std::size_t end = begin + 1;
      while (end < lessons.size() && subject_of(lessons[end]) == subject_of(lessons[begin])) ++end;
      hear(std::span(lessons).subspan(begin, end - begin));
      begin = end;
    }
    limit_voices();
    for (const Weighted& one : heard_) write(one);
    count_voices();
    out_.data = canonical(out_.data);
    return std::move(out_);
  }

 private:
  double base_weight(LessonSource source) const {
    switch (source) {
      case LessonSource::kSeed:
        return options_.seed;
      case LessonSource::kPerson:
        return options_.person;
      case LessonSource::kModel:
        return options_.model;
      case LessonSource::kSignal:
        return options_.signal;
    }
    return 0;
  }

  LessonPlan::Count& count_of(LessonSource source) {
    switch (source) {
      case LessonSource::kSeed:
        return out_.seed;
      case LessonSource::kPerson:
        return out_.person;
      case LessonSource::kModel:
        return out_.model;
      case LessonSource::kSignal:
        break;
    }
    return out_.signal;
  }

  // All lessons of one text: people before the model before signs; seeds always stand, unless people spoke.
  void hear(std::span<const Testimony> about) {
    Heard people;
    Heard others;
    for (const Testimony& one : about) {
      if (one.source == LessonSource::kPerson) {
        keep_newest(people, one);
      } else if (one.source == LessonSource::kModel && *std::ranges::max_element(one.says) < options_.model_bar) {
        ++out_.unheard;
      } else {
        keep_newest(others, one);
      }
    }
    if (!people.empty()) {
      const bool seeds_only =
          std::ranges::all_of(others, [](const Testimony* one) { return one->source == LessonSource::kSeed; });
      if (!seeds_only) ++out_.outvoted;
      if (disagree(people)) ++out_.conflicts;
      others.clear();
    }
    const bool verdicts =
        std::ranges::any_of(others, [](const Testimony* one) { return one->source == LessonSource::kModel; });
    if (verdicts) std::erase_if(others, [](const Testimony* one) { return one->source == LessonSource::kSignal; });
    for (const Heard& side : {people, others}) {
      for (const Testimony* one : side) add(*one, side.size());
    }
  }

  // Repeats of one voice do not add up.
  static void keep_newest(Heard& heard, const Testimony& one) {
    for (const Testimony*& earlier : heard) {
      if (earlier->source != one.source || earlier->voice != one.voice) continue;
      if (one.when >= earlier->when) earlier = &one;
      return;
    }
    heard.push_back(&one);
  }

  static bool disagree(const Heard& people) {
    const auto top = [](const Testimony& one) { return std::ranges::max_element(one.says) - one.says.begin(); };
    return std::ranges::any_of(people, [&](const Testimony* one) { return top(*one) != top(*people.front()); });
  }

  // Several voices on one text share what one would weigh, and half as much again for each that agrees to speak.
  void add(const Testimony& one, std::size_t voices) {
    const double share = (1 + 0.5 * static_cast<double>(voices - 1)) / static_cast<double>(voices);
    const double age = one.source == LessonSource::kSeed ? 0 : std::max(0.0, one.age_days);
    const double faded = options_.half_life_days > 0 ? std::exp2(-age / options_.half_life_days) : 1;
    const double weight = base_weight(one.source) * share * faded;
    if (weight > 0) heard_.push_back({&one, weight});
  }

  // Lowers what each limited voice carries until none has more than its share of what is then the whole. Lowering one
  // lowers the whole, so it is repeated; shares only fall, and it ends.
  void limit_voices() {
    std::map<std::string_view, double> limited;
    double free = 0;
    for (const Weighted& one : heard_) {
      if (is_limited(*one.lesson)) {
        limited[one.lesson->voice] += one.weight;
      } else {
        free += one.weight;
      }
    }
    std::map<std::string_view, double> allowed = limited;
    for (int round = 0; round < kLimitRounds; ++round) {
      double whole = free;
      for (const auto& [voice, weight] : allowed) whole += weight;
      bool changed = false;
      for (auto& [voice, weight] : allowed) {
        const double most = options_.most_per_voice * whole;
        if (weight <= most * (1 + 1e-9)) continue;
        weight = most;
        changed = true;
      }
      if (!changed) break;
    }
    for (Weighted& one : heard_) {
      if (!is_limited(*one.lesson)) continue;
      const double before = limited[one.lesson->voice];
      const double factor = before > 0 ? allowed[one.lesson->voice] / before : 0;
      taken_[one.lesson->voice] += one.weight * (1 - factor);
      one.weight *= factor;
    }
  }

  static bool is_limited(const Testimony& one) {
    return !one.trusted && (one.source == LessonSource::kPerson || one.source == LessonSource::kSignal);
  }

  void write(const Weighted& one) {
    const Testimony& lesson = *one.lesson;
    LessonPlan::Count& count = count_of(lesson.source);
    ++count.rows;
    count.weight += one.weight;
    float inside = 0;
    float kept = 0;
    for (const float says : lesson.says) {
      inside += says;
      if (says >= kLeastShare) kept += says;
    }
    const float none = std::max(0.0F, 1 - inside);
    if (none >= kLeastShare) kept += none;
    if (!(kept > 0)) return;
    for (std::size_t c = 0; c < lesson.says.size(); ++c) {
      if (lesson.says[c] >= kLeastShare)
        append(lesson, categories_[c], one.weight * static_cast<double>(lesson.says[c] / kept));
    }
    if (none >= kLeastShare) append(lesson, {}, one.weight * static_cast<double>(none / kept));
  }

  void append(const Testimony& lesson, std::string_view category, double weight) {
    Example& row = out_.data.examples.emplace_back(lesson.example);
    row.category = category;
    row.outside = category.empty();
    row.weight = static_cast<float>(weight);
    if (!(row.weight > 0)) out_.data.examples.pop_back();
  }

  void count_voices() {
    std::map<std::string_view, VoiceShare> voices;
    for (const Weighted& one : heard_) {
      if (one.lesson->source != LessonSource::kPerson && one.lesson->source != LessonSource::kSignal) continue;
      VoiceShare& share = voices[one.lesson->voice];
      ++share.lessons;
      share.weight += one.weight;
    }
    for (auto& [voice, share] : voices) {
      share.voice = voice;
      share.taken = taken_[voice];
      out_.voices.push_back(share);
    }
  }

  std::span<const std::string> categories_;
  const LessonOptions& options_;
  std::vector<Weighted> heard_;
  std::map<std::string_view, double> taken_;
  LessonPlan out_;
};

}  // namespace

std::string_view to_string(LessonSource source) {
  switch (source) {
    case LessonSource::kSeed:
      return "seed";
    case LessonSource::kPerson:
      return "person";
    case LessonSource::kModel:
      return "model";
    case LessonSource::kSignal:
      return "signal";
  }
  return {};
}

std::vector<float> meaning_of_fit(std::span<const float> probabilities, std::size_t decided,
                                  std::span<const double> strength, int towards) {
  if (decided >= strength.size() || strength.size() != probabilities.size()) return {};
  std::vector<float> out(probabilities.size(), 0);
  if (towards == 0) {
    out[decided] = 1;
    return out;
  }
  const auto fits = [&](std::size_t c) {
    return towards > 0 ? strength[c] > strength[decided] : strength[c] < strength[decided];
  };
  float mass = 0;
  std::size_t count = 0;
  for (std::size_t c = 0; c < out.size(); ++c) {
    if (!fits(c)) continue;
    ++count;
    mass += probabilities[c];
  }
  if (count == 0) return {};
  for (std::size_t c = 0; c < out.size(); ++c) {
    if (fits(c)) out[c] = mass > 1e-6F ? probabilities[c] / mass : 1 / static_cast<float>(count);
  }
  return out;
}

LessonPlan plan_lessons(std::span<const std::string> categories, std::vector<Testimony> lessons,
                        const LessonOptions& options) {
  return Plan(categories, options).make(std::move(lessons));
}

}  // namespace pointsman::learn
