#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "simulate/teacher.h"
#include "support/gold_texts.h"

namespace pointsman::simulate {
namespace {

// What a teacher says about texts whose category it was offered.
struct Said {
  bool right;
  double confidence;  // renormalised over the labels
  double stated;
  double coverage;
};

double share(const std::vector<Said>& said, auto predicate) {
  return static_cast<double>(std::ranges::count_if(said, predicate)) / static_cast<double>(said.size());
}

// The probability that a right answer is surer than a wrong one, ties counting half (Mann & Whitney 1947).
double auroc(const std::vector<Said>& said, double Said::* score) {
  std::map<double, std::pair<double, double>> counts;  // by score: right, wrong
  for (const Said& one : said) (one.right ? counts[one.*score].first : counts[one.*score].second) += 1;
  double wins = 0;
  double right = 0;
  double wrong = 0;
  for (const auto& [value, count] : counts) {
    wins += count.first * (wrong + count.second / 2);
    right += count.first;
    wrong += count.second;
  }
  return wins / (right * wrong);
}

// Expected calibration error in 15 bins of equal width (Guo et al. 2017).
double calibration_error(const std::vector<Said>& said, double Said::* score) {
  constexpr int kBins = 15;
  std::vector<double> gap(kBins, 0);
  for (const Said& one : said) {
    gap[std::min<std::size_t>(static_cast<std::size_t>(one.*score * kBins), kBins - 1)] +=
        (one.right ? 1 : 0) - one.*score;
  }
  double sum = 0;
  for (const double one : gap) sum += std::abs(one);
  return sum / static_cast<double>(said.size());
}

class TeacherOnClinc : public ::testing::Test {
 protected:
  void SetUp() override {
    if (rows().empty()) GTEST_SKIP() << "no CLINC150 (set POINTSMAN_DATA)";
  }
  static const std::vector<GoldRow>& rows() {
    static const std::vector<GoldRow> kRows = testing::clinc150();
    return kRows;
  }
  static const Teacher& teacher() {
    static const auto kTeacher = *Teacher::make(rows());
    return *kTeacher;
  }
  // About every `step`th text, with all intents offered (and "none").
  static std::vector<Said> ask(const Teacher& whom, std::size_t step) {
    std::vector<Said> out;
    for (std::size_t i = 0; i < rows().size(); i += step) {
      const TeacherOpinion said = whom.opinion(rows()[i].text, whom.categories());
      const double coverage = 1 - said.outside;
      out.push_back({whom.categories()[said.best] == rows()[i].category, said.chances[said.best] / coverage,
                     said.stated, coverage});
    }
    return out;
  }
};

TEST_F(TeacherOnClinc, IsSurerOfItselfThanItShouldBeAsSmallModelsAre) {
  const std::vector<Said> said = ask(teacher(), 3);
  std::vector<Said> right;
  std::vector<Said> wrong;
  for (const Said& one : said) (one.right ? right : wrong).push_back(one);
  const double accuracy = static_cast<double>(right.size()) / static_cast<double>(said.size());
  const double sigma = std::sqrt(0.95 * 0.05 / static_cast<double>(said.size()));
  EXPECT_NEAR(accuracy, 0.95, 3 * sigma);
  const double area = auroc(said, &Said::confidence);
  EXPECT_GT(area, 0.78);
  EXPECT_LT(area, 0.88);
  EXPECT_LT(auroc(said, &Said::stated), area - 0.05);
  EXPECT_GT(share(right, [](const Said& one) { return one.confidence > 0.98; }), 0.7);
  EXPECT_GT(share(wrong, [](const Said& one) { return one.confidence > 0.6 && one.confidence < 0.99; }), 0.6);
  const double few = share(said, [](const Said& one) { return one.coverage < 0.98; });
  EXPECT_GT(few, 0.01);
  EXPECT_LT(few, 0.15);
  double mean = 0;
  for (const Said& one : wrong) mean += one.confidence / static_cast<double>(wrong.size());
  EXPECT_GT(mean, 0.85);  // wrong, and sure of it
  // For whoever quotes them: --gtest_output=json.
  RecordProperty("accuracy", std::to_string(accuracy));
  RecordProperty("auroc", std::to_string(area));
  RecordProperty("ece", std::to_string(calibration_error(said, &Said::confidence)));
  RecordProperty("stated_auroc", std::to_string(auroc(said, &Said::stated)));
  RecordProperty("stated_ece", std::to_string(calibration_error(said, &Said::stated)));
}

TEST_F(TeacherOnClinc, ConfusesWhatPeopleWouldConfuse) {
  std::map<std::pair<std::string, std::string>, int> mistakes;
  for (std::size_t i = 0; i < rows().size(); i += 3) {
    const std::string& said = teacher().categories()[teacher().opinion(rows()[i].text, teacher().categories()).best];
    if (said != rows()[i].category) ++mistakes[{rows()[i].category, said}];
  }
  for (const auto& [one, other] :
       std::vector<std::pair<std::string, std::string>>{{"credit_score", "improve_credit_score"},
                                                        {"credit_limit", "credit_limit_change"},
                                                        {"todo_list", "todo_list_update"},
                                                        {"pay_bill", "bill_due"}}) {
    EXPECT_GE((mistakes[{one, other}] + mistakes[{other, one}]), 3) << one << " and " << other;
  }
}

TEST_F(TeacherOnClinc, SpreadsItsChancesOverATextItDoesNotKnow) {
  std::vector<std::string> intents = teacher().categories();
  std::erase(intents, kNone);
  double mean = 0;
  const std::vector<std::string> texts = {"my landlord wants the deposit in cash, is that allowed",
                                          "translate the attached poem into latin",
                                          "why does my sourdough collapse in the oven", "write a haiku about rust",
                                          "which tram goes to the botanical garden on sundays"};
  for (const std::string& text : texts) {
    const TeacherOpinion said = teacher().opinion(text, intents);
    EXPECT_FALSE(said.known);
    mean += said.chances[said.best] / static_cast<double>(texts.size());
  }
  EXPECT_LT(mean, 0.5);
}

}  // namespace
}  // namespace pointsman::simulate
