#include "learn/self_distillation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "classify/linear_model.h"

namespace pointsman::learn {
namespace {

const std::vector<std::string> kNames{"cards", "loans", "travel", "weather"};

struct Request {
  std::string text;
  std::size_t truth = 0;
};

// Five words of the category's own twelve, and two that anybody uses.
Request request(base::Rng& rng, std::size_t categories) {
  Request out{.truth = rng.below(categories)};
  for (int i = 0; i < 5; ++i) out.text += kNames[out.truth] + "word" + std::to_string(rng.below(12)) + " ";
  for (int i = 0; i < 2; ++i) out.text += "anyword" + std::to_string(rng.below(30)) + " ";
  return out;
}

classify::Opinion verdict(std::size_t category, float probability) {
  classify::Opinion out;
  out.outcome = classify::OpinionOutcome::kUsed;
  out.source = classify::OpinionSource::kLogprobs;
  out.probabilities.assign(kNames.size(), (1 - probability) / 3);
  out.probabilities[category] = probability;
  return out;
}

DistilOptions quick() {
  DistilOptions out;
  out.first = 120;
  out.train.threads = 1;
  return out;
}

// Serves a stream and learns from a model that is right about 19 of 20.
class Served {
 public:
  explicit Served(const DistilOptions& options = quick()) : distillation(kNames, options) {}

  // Whether it was asked.
  bool serve(const Request& one) {
    DistilRow row{.text = one.text, .local = local(one.text)};
    const Asking asking = distillation.asking(row.local, rng.uniform());
    if (asking.ask) {
      const bool right = rng.uniform() < 0.95;
      row.opinion = verdict(right ? one.truth : (one.truth + 1) % kNames.size(), right ? 0.99F : 0.8F);
      row.by_chance = asking.by_chance;
      row.chance = asking.chance;
    }
    distillation.take(std::move(row));
    if (distillation.due()) learn();
    return asking.ask;
  }

  int asked(int requests, std::size_t categories) {
    int out = 0;
    for (int i = 0; i < requests; ++i) out += serve(request(rng, categories)) ? 1 : 0;
    return out;
  }

  double accuracy(std::size_t categories) {
    int right = 0;
    for (int i = 0; i < 300; ++i) {
      const Request one = request(rng, categories);
      const auto p = local(one.text);
      right += !p.empty() && static_cast<std::size_t>(std::ranges::max_element(p) - p.begin()) == one.truth ? 1 : 0;
    }
    return right / 300.0;
  }

  void learn() {
    auto refit = distillation.refit(model.get());
    ASSERT_TRUE(refit.has_value()) << refit.error().message();
    refits.push_back(*refit);
    if (!refit->gate.accepted) return;
    auto read = classify::LinearModel::from_string(refit->artefact);
    ASSERT_TRUE(read.has_value());
    model = *read;
  }

  std::vector<float> local(const std::string& text) const {
    if (!model) return {};
    std::vector<float> raw(model->categories().size());
    const auto scratch = model->make_scratch();
    EXPECT_TRUE(model->classify({.text = text}, *scratch, raw).has_value());
    std::vector<float> out(kNames.size(), 0);
    for (std::size_t i = 0; i < raw.size(); ++i) {
      out[static_cast<std::size_t>(std::ranges::find(kNames, model->categories()[i]) - kNames.begin())] = raw[i];
    }
    return out;
  }

  SelfDistillation distillation;
  base::Rng rng{5};
  std::shared_ptr<const classify::LinearModel> model;
  std::vector<Refit> refits;
};

TEST(SelfDistillation, AsksAboutEverythingUntilItHasLearnt) {
  Served served;
  EXPECT_EQ(served.asked(119, 4), 119);
  EXPECT_TRUE(served.refits.empty());
}

TEST(SelfDistillation, AsksSeldomOnceItHasLearntAndIsRightByItself) {
  Served served;
  served.asked(600, 4);
  ASSERT_FALSE(served.refits.empty());
  EXPECT_LT(served.asked(300, 4), 45);
  EXPECT_GT(served.accuracy(4), 0.93);
}

TEST(SelfDistillation, AsksNoMoreThanItMayOnceItKnowsItsTraffic) {
  DistilOptions options = quick();
  options.price = 0.01;  // it would like to ask about nearly everything
  options.most_asked = 0.1;
  options.growth = 50;  // one training
  Served served(options);
  served.asked(120 + 310, 4);
  ASSERT_EQ(served.refits.size(), 1U);
  EXPECT_LT(served.asked(500, 4), 75) << "a binomial with a tenth of 500 stays far below";
}

TEST(SelfDistillation, LearnsACategoryThatAppearsLater) {
  Served served;
  served.asked(700, 3);
  const int before = served.asked(200, 3);
  EXPECT_EQ(served.model->categories().size(), 3U);
  const int after = served.asked(200, 4);
  EXPECT_GT(after, before + 15) << "what it does not know it asks about";
  served.asked(600, 4);
  EXPECT_EQ(served.model->categories().size(), 4U);
  EXPECT_LT(served.asked(200, 4), after);
  EXPECT_GT(served.accuracy(4), 0.9);
}

TEST(SelfDistillation, NoticesDoubtThatItDidNotHaveAfterTraining) {
  Served served;
  served.asked(1200, 3);
  EXPECT_FALSE(served.distillation.alarmed());
  bool alarmed = false;
  const auto doubtful = std::vector<float>{0.3F, 0.2F, 0.1F, 0};
  for (int i = 0; i < 300 && !alarmed; ++i) {
    served.distillation.take({.text = "doubtful " + std::to_string(i), .local = doubtful});
    alarmed = served.distillation.alarmed();
  }
  EXPECT_TRUE(alarmed);
  EXPECT_GT(served.distillation.asking({{0.99F, 0, 0, 0}}, 0.05).chance, 0.05F) << "and listens more";
}

TEST(SelfDistillation, AnUnknownCategoryIsNotOutvotedByAClassifierThatCannotName) {
  Served served;
  served.asked(400, 3);
  DistilRow row{.text = "weatherword1", .local = {0.3F, 0.2F, 0.1F, 0}, .opinion = verdict(3, 0.95F)};
  const auto both = served.distillation.both(row);
  EXPECT_EQ(std::ranges::max_element(both) - both.begin(), 3);
}

TEST(SelfDistillation, RefusesAClassifierThatHeldOutVerdictsFindWorse) {
  Served served;
  served.asked(900, 4);
  const auto before = served.model;
  const std::size_t refits = served.refits.size();
  // From now on people teach nonsense, while the model goes on judging.
  for (int i = 0; i < 900; ++i) {
    Request one = request(served.rng, 4);
    served.distillation.take({.text = one.text, .local = served.local(one.text), .human = (one.truth + 2) % 4});
    Request other = request(served.rng, 4);
    served.distillation.take({.text = other.text,
                              .local = served.local(other.text),
                              .opinion = verdict(other.truth, 0.99F),
                              .by_chance = true,
                              .chance = 0.5F});
  }
  served.learn();
  ASSERT_GT(served.refits.size(), refits);
  EXPECT_FALSE(served.refits.back().gate.accepted);
  EXPECT_GT(served.refits.back().gate.wrong_after, served.refits.back().gate.wrong_before);
  EXPECT_EQ(served.model, before);
}

TEST(SelfDistillation, HeedsAPersonMoreThanTheModel) {
  Served served;
  for (int i = 0; i < 400; ++i) {
    const Request one = request(served.rng, 4);
    DistilRow row{.text = one.text, .opinion = verdict(one.truth, 0.99F)};
    if (one.truth == 0) row.human = 1;  // whoever runs the router sees it differently
    served.distillation.take(std::move(row));
  }
  served.learn();
  const auto p = served.local("cardsword1 cardsword2 cardsword3 cardsword4");
  EXPECT_GT(p[1], 0.5F);
}

TEST(SelfDistillation, TeachesNothingWhereTheModelItselfIsUnsure) {
  Served served;
  for (int i = 0; i < 300; ++i) {
    const Request one = request(served.rng, 4);
    served.distillation.take({.text = one.text, .opinion = verdict(one.truth, 0.4F)});
  }
  EXPECT_FALSE(served.distillation.refit(nullptr).has_value()) << "there is nothing to learn from";
}

TEST(SelfDistillation, TheSameStreamGivesTheSameArtefacts) {
  Served first;
  Served again;
  first.asked(500, 4);
  again.asked(500, 4);
  ASSERT_FALSE(first.refits.empty());
  ASSERT_EQ(first.refits.size(), again.refits.size());
  EXPECT_EQ(first.refits.back().artefact, again.refits.back().artefact);
}

TEST(SelfDistillation, ForgetsTheOldestBeyondWhatItMayKeep) {
  DistilOptions options = quick();
  options.keep = 200;
  Served served(options);
  for (int i = 0; i < 300; ++i) {
    const Request one = request(served.rng, 4);
    served.distillation.take({.text = one.text, .opinion = verdict(one.truth, 0.99F)});
  }
  const auto refit = served.distillation.refit(nullptr);
  ASSERT_TRUE(refit.has_value());
  EXPECT_LE(refit->taught, 200U);
  EXPECT_GE(refit->taught, 160U) << "a tenth judges";
}

}  // namespace
}  // namespace pointsman::learn
