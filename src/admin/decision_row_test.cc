#include "admin/decision_row.h"

#include <gtest/gtest.h>

namespace pointsman::admin {
namespace {

ledger::Entry sample() {
  ledger::Entry entry;
  entry.id = *base::Uuid::parse("0198f3a2-7c4d-7000-8000-000000000001");
  entry.started = base::WallTime(std::chrono::microseconds(1'767'366'245'123'456));
  entry.category = "code";
  entry.probability = 0.75F;
  entry.threshold = 0.5F;
  entry.stage = "local";
  entry.reason = "at_or_above_threshold";
  entry.attempts.resize(2);
  entry.model = "swift";
  entry.provider = "quick";
  entry.status = 200;
  entry.cost = base::Money{1'500};
  entry.overhead = std::chrono::microseconds(250);
  entry.first_byte = std::chrono::microseconds(400'000);
  entry.total = std::chrono::microseconds(900'000);
  entry.key = "ci";
  return entry;
}

std::string row(const ledger::Entry& entry, const std::optional<std::string>& labelled) {
  std::string out;
  json::Writer writer(out);
  write_decision_row(writer, entry, labelled);
  return out;
}

TEST(DecisionRow, HoldsTheFiguresOfTheEntry) {
  EXPECT_EQ(row(sample(), "writing"),
            R"({"id":"0198f3a2-7c4d-7000-8000-000000000001","started":"2026-01-02T15:04:05.123456Z","category":"code",)"
            R"("probability":0.75,"threshold":0.5,"stage":"local","reason":"at_or_above_threshold","model":"swift",)"
            R"("provider":"quick","status":200,"outcome":"ok","attempts":2,"cost_usd":0.0000015,)"
            R"("baseline_cost_usd":null,"overhead_us":250,"first_byte_us":400000,"total_us":900000,"key":"ci",)"
            R"("text":null,"labelled":"writing"})");
}

TEST(DecisionRow, TellsNoneOfTheCategoriesFromNothingSaid) {
  EXPECT_NE(row(sample(), "").find(R"("labelled":"")"), std::string::npos);
  EXPECT_NE(row(sample(), std::nullopt).find(R"("labelled":null)"), std::string::npos);
}

TEST(DecisionRow, LeavesOutWhatIsUnknown) {
  ledger::Entry entry = sample();
  entry.probability.reset();
  entry.cost.reset();
  const std::string json = row(entry, std::nullopt);
  EXPECT_NE(json.find(R"("probability":null)"), std::string::npos);
  EXPECT_NE(json.find(R"("cost_usd":null)"), std::string::npos);
}

TEST(DecisionRow, CutsALongTextBetweenCharacters) {
  ledger::Entry entry = sample();
  entry.text = std::string(kMostRowText - 1, 'a') + "\u00fc and more";
  EXPECT_NE(row(entry, std::nullopt).find("\"text\":\"" + std::string(kMostRowText - 1, 'a') + "\","),
            std::string::npos);
}

}  // namespace
}  // namespace pointsman::admin
