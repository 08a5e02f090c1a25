// How long the classifier of CLINC150 takes, on one core: short and long prompts, training with everything it includes,
// loading; and how large its artefact is. Times are of this machine as it was: quote them with the nearest centroid's
// of the same run.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "classify/linear_model.h"
#include "json/writer.h"
#include "learn/train.h"
#include "shared/nearest_centroid.h"
#include "shared/public_sets.h"
#include "shared/section.h"

namespace pointsman::bench {
namespace {

using base::Result;
using Steady = std::chrono::steady_clock;

constexpr std::string_view kOutOfScope = "oos";

struct Times {
  double p50 = 0;  // us
  double p99 = 0;
};

double since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

// Prompts of that many words, from consecutive test texts.
std::vector<std::string> prompts(const learn::Dataset& data, std::size_t words, std::size_t count) {
  std::vector<std::string> out;
  std::string prompt;
  std::size_t have = 0;
  for (std::size_t i = 0; out.size() < count; i = (i + 1) % data.examples.size()) {
    for (const char c : data.examples[i].text + " ") {
      prompt += c;
      if (c == ' ' && ++have == words) {
        out.push_back(std::exchange(prompt, ""));
        have = 0;
        if (out.size() == count) break;
      }
    }
  }
  return out;
}

Result<Times> time(const classify::Classifier& classifier, const std::vector<std::string>& texts) {
  const auto scratch = classifier.make_scratch();
  std::vector<float> row(classifier.categories().size());
  std::vector<double> took;
  for (int round = 0; round < 2; ++round) {
    took.clear();
    for (const std::string& text : texts) {
      const auto begin = Steady::now();
      PM_CHECK(classifier.classify({text, "", 0}, *scratch, row));
      took.push_back(1e6 * since(begin));
    }
  }
  std::ranges::sort(took);
  return Times{took[took.size() / 2], took[took.size() * 99 / 100]};
}

std::size_t words_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, ' ')) + 1;
}

// Texts as people wrote them, of 16 to 24 words, among all the others: what the caches hold is what they would hold.
Result<Times> time_as_written(const classify::Classifier& classifier, const learn::Dataset& data, int rounds) {
  const auto scratch = classifier.make_scratch();
  std::vector<float> row(classifier.categories().size());
  std::vector<double> took;
  for (int round = 0; round < rounds; ++round) {
    for (const learn::Example& example : data.examples) {
      const auto begin = Steady::now();
      PM_CHECK(classifier.classify({example.text, "", 0}, *scratch, row));
      const double micros = 1e6 * since(begin);
      const std::size_t words = words_in(example.text);
      if (words >= 16 && words <= 24 && example.category != kOutOfScope) took.push_back(micros);
    }
  }
  std::ranges::sort(took);
  return Times{took[took.size() / 2], took[took.size() * 99 / 100]};
}

struct Timed {
  learn::Trained trained;
  double seconds = 0;
};

Result<Timed> timed_training(const learn::Dataset& data, int threads) {
  learn::TrainOptions how;
  how.threads = threads;
  const auto begin = Steady::now();
  PM_TRY(learn::Trained trained, learn::train(data, how));
  return Timed{std::move(trained), since(begin)};
}

void at_most(SectionResult& out, std::string name, double value, std::string unit, double goal, std::string note = "") {
  out.targets.push_back({std::move(name), value, std::move(unit), goal, value <= goal, std::move(note)});
}

}  // namespace

Result<SectionResult> speed_section(const BenchOptions& options) {
  PM_TRY(const PublicSet set, load_clinc150(options.data));
  PM_TRY(Timed two, timed_training(set.train, 2));
  PM_TRY(const Timed one, timed_training(set.train, 1));
  if (one.trained.artefact != two.trained.artefact) {
    return base::fail(base::ErrorCode::kInternal, "one thread and two make different artefacts");
  }
  const double megabytes = static_cast<double>(two.trained.artefact.size()) / 1e6;
  const auto begin = Steady::now();
  PM_TRY(const auto model, classify::LinearModel::from_string(std::move(two.trained.artefact)));
  const double loading = 1e3 * since(begin);
  const NearestCentroid centroid = NearestCentroid::fit(set.train);
  const std::size_t count = options.quick ? 500 : 5000;
  PM_TRY(const Times shorts, time_as_written(*model, set.test, options.quick ? 3 : 20));
  PM_TRY(const Times mixtures, time(*model, prompts(set.test, 20, count)));
  PM_TRY(const Times longs, time(*model, prompts(set.test, 2000, count / 20)));
  PM_TRY(const Times texts, time(*model, prompts(set.test, 8, count)));
  PM_TRY(const Times rival, time(centroid, prompts(set.test, 20, count / 10)));

  SectionResult out{.name = "speed"};
  at_most(out, "20 words, 150 categories: median", shorts.p50, "us", 8,
          fmt::format("nearest centroid {:.0f} us; two or three texts in one, about which it is unsure, {:.1f} us",
                      rival.p50, mixtures.p50));
  at_most(out, "20 words: 99th percentile", shorts.p99, "us", 25, "includes texts for which the network is asked");
  at_most(out, "2,000 words: median", longs.p50, "us", 400);
  at_most(out, "training CLINC150, cross-validated and calibrated", two.seconds, "s", 10,
          fmt::format("two threads; one thread {:.1f} s", one.seconds));
  at_most(out, "artefact", megabytes, "MB", 8, fmt::format("loads in {:.1f} ms", loading));
  json::Writer json(out.details_json);
  json.begin_object().member("us_20_words_p50", shorts.p50).member("us_20_words_p99", shorts.p99);
  json.member("us_2000_words_p50", longs.p50).member("us_2000_words_p99", longs.p99);
  json.member("us_20_words_of_several_texts_p50", mixtures.p50)
      .member("us_20_words_of_several_texts_p99", mixtures.p99);
  json.member("us_8_words_p50", texts.p50).member("us_8_words_p99", texts.p99);
  json.member("us_20_words_nearest_centroid_p50", rival.p50).member("training_s_one_thread", one.seconds);
  json.member("training_s_two_threads", two.seconds).member("artefact_mb", megabytes).member("load_ms", loading);
  json.end_object();
  return out;
}

}  // namespace pointsman::bench
