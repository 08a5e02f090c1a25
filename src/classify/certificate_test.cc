#include "classify/certificate.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace pointsman::classify {
namespace {

using testing::HasSubstr;

Certificate example() {
  Certificate out;
  out.classifier = std::string(64, 'a');
  out.kind = RiskKind::kUnderRouting;
  out.at_most = 0.02;
  out.confidence = 0.95;
  out.certified = true;
  out.categories = {{"simple", 0.61F}, {"tool \"use\"", kNeverKeep}, {"reasoning", 0}};
  out.evidence = {
      .rows = 936, .kept = 900, .lost = 6, .bound = 0.0126, .method = "held-out", .data = std::string(64, '0')};
  out.traffic = {.rows = 936, .levels = {{0.5F, 0.07}, {0.8125F, 0.125}}};
  return out;
}

std::string refusal(const std::string& json) {
  const auto read = read_certificate(json);
  return read ? "accepted" : read.error().message();
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(Certificate, ReadsBackWhatWasWritten) {
  const std::string text = write_certificate(example());
  const auto read = read_certificate(text);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(write_certificate(*read), text);
  EXPECT_EQ(read->categories[0].threshold, 0.61F);
  EXPECT_EQ(read->categories[1].name, "tool \"use\"");
  EXPECT_GT(read->categories[1].threshold, 1);
  EXPECT_EQ(read->categories[2].threshold, 0);
  EXPECT_EQ(read->evidence.rows, 936U);
  ASSERT_EQ(read->traffic.levels.size(), 2U);
  EXPECT_EQ(read->traffic.levels[1].below, 0.8125F);
  EXPECT_EQ(read->traffic.levels[1].at_most, 0.125);
  EXPECT_EQ(read->promise(), "at most 2 % under-routed, with 95 % confidence");
}

TEST(Certificate, ThresholdsKeepTheirLastBit) {
  std::mt19937 bits(5);
  for (int i = 0; i < 2000; ++i) {
    Certificate one = example();
    const float doubt = std::ldexp(static_cast<float>(bits() & 0xFFFFFF), -24 - static_cast<int>(bits() % 20));
    one.categories[0].threshold = i % 2 == 0 ? 1 - doubt : doubt;
    const auto read = read_certificate(write_certificate(one));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->categories[0].threshold, one.categories[0].threshold);
  }
}

TEST(Certificate, NothingCertifiedSaysWhatToDo) {
  Certificate none = example();
  none.certified = false;
  for (CertifiedCategory& one : none.categories) one.threshold = kNeverKeep;
  none.next = "label 149 more requests";
  const auto read = read_certificate(write_certificate(none));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_FALSE(read->certified);
  EXPECT_EQ(read->next, "label 149 more requests");
  none.next.clear();
  EXPECT_THAT(refusal(write_certificate(none)), HasSubstr("\"next\" is missing"));
}

TEST(Certificate, CostsHaveARowForEveryCategoryAndOneForNone) {
  Certificate costs = example();
  costs.kind = RiskKind::kCost;
  costs.costs = {0, 0.5F, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0.1F};
  const auto read = read_certificate(write_certificate(costs));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->costs, costs.costs);
  costs.costs.resize(9);
  EXPECT_THAT(refusal(write_certificate(costs)), HasSubstr("expected a row of costs for every category"));
  costs.costs.clear();
  EXPECT_NE(refusal(write_certificate(costs)), "accepted");
}

TEST(Certificate, EveryMemberIsNeededOnce) {
  const std::string text = write_certificate(example());
  for (const char* name : {"format", "classifier", "risk", "certified", "categories", "evidence", "kind", "at_most",
                           "confidence", "name", "threshold", "rows", "kept", "lost", "bound", "method", "data"}) {
    const std::string key = "\"" + std::string(name) + "\":";
    EXPECT_THAT(refusal(replaced(text, key, "\"" + std::string(name) + "x\":")), HasSubstr("not one of a certificate"))
        << name;
  }
  EXPECT_THAT(refusal(replaced(text, "\"kept\": 900, ", "")), HasSubstr("\"kept\" is missing"));
  EXPECT_THAT(refusal(replaced(text, "\"kept\": 900", "\"kept\": 900, \"kept\": 900")), HasSubstr("there twice"));
}

TEST(Certificate, WrongValuesAreRefusedWithTheirPlace) {
  const std::string text = write_certificate(example());
  EXPECT_THAT(refusal(replaced(text, "0.02", "1.02")), HasSubstr("4:48: expected a number from"));
  EXPECT_THAT(refusal(replaced(text, "0.61", "-0.1")), HasSubstr("expected a number from 0 to 1"));
  EXPECT_THAT(refusal(replaced(text, "0.61", "\"x\"")), HasSubstr("expected a number from 0 to 1"));
  EXPECT_THAT(refusal(replaced(text, "aaa", "AAA")), HasSubstr("3:17: expected 64 hexadecimal digits"));
  EXPECT_THAT(refusal(replaced(text, "under_routing", "over_routing")), HasSubstr("expected under_routing"));
  EXPECT_THAT(refusal(replaced(text, "reasoning", "simple")), HasSubstr("there already"));
  EXPECT_THAT(refusal(replaced(text, "certificate-1", "certificate-3")), HasSubstr("another version"));
  EXPECT_THAT(refusal(replaced(text, ": true", ": 1")), HasSubstr("expected true or false"));
  EXPECT_THAT(refusal(replaced(text, ": 936", ": 936.5")), HasSubstr("expected a whole number"));
  EXPECT_NE(refusal(text.substr(0, text.size() / 2)), "accepted");
  EXPECT_NE(refusal(text + "x"), "accepted");
  EXPECT_NE(refusal(""), "accepted");
  EXPECT_NE(refusal("[]"), "accepted");
  EXPECT_EQ(read_certificate(std::string(kMaxCertificate + 1, ' ')).error().code(), base::ErrorCode::kTooLarge);
}

TEST(Certificate, NamesTheEncoderInAFormatThatOlderProgramsRefuse) {
  EXPECT_THAT(write_certificate(example()), HasSubstr("\"pointsman-certificate-1\""));
  Certificate assisted = example();
  assisted.encoder = std::string(64, 'e');
  const std::string text = write_certificate(assisted);
  EXPECT_THAT(text, HasSubstr("\"pointsman-certificate-2\""));
  const auto read = read_certificate(text);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->encoder, assisted.encoder);
  EXPECT_EQ(write_certificate(*read), text);
  EXPECT_EQ(read_certificate(write_certificate(example()))->encoder, "") << "certificates from before name none";
  EXPECT_THAT(refusal(replaced(text, "certificate-2", "certificate-1")), HasSubstr("2:13: \"encoder\" belongs to"));
  EXPECT_THAT(refusal(replaced(write_certificate(example()), "certificate-1", "certificate-2")),
              HasSubstr("2:13: \"encoder\" belongs to"));
  EXPECT_THAT(refusal(replaced(text, "eee", "EEE")), HasSubstr("4:14: expected 64 hexadecimal digits"));
  EXPECT_THAT(refusal(replaced(text, std::string(64, 'e'), "")), HasSubstr("expected 64 hexadecimal digits"));
}

TEST(Certificate, MaySayNothingOfTraffic) {
  Certificate silent = example();
  silent.traffic = {};
  const std::string text = write_certificate(silent);
  EXPECT_THAT(text, testing::Not(HasSubstr("traffic")));
  const auto read = read_certificate(text);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(read->traffic.levels.empty());
}

TEST(Certificate, LevelsOfDoubtRiseAndAreFew) {
  const std::string text = write_certificate(example());
  EXPECT_THAT(refusal(replaced(text, "0.8125", "0.25")), HasSubstr("must rise"));
  EXPECT_THAT(refusal(replaced(text, "0.8125", "1.25")), HasSubstr("expected a number from 0 to 1"));
  EXPECT_THAT(refusal(replaced(text, "\"below\": 0.5, ", "")), HasSubstr("\"below\" is missing"));
  EXPECT_THAT(refusal(replaced(text, "\"doubt\": [", "\"doubt\": 7, \"x\": [")), HasSubstr("a list of levels"));
  Certificate many = example();
  for (int i = 1; i < 8; ++i) many.traffic.levels.push_back({0.9F + 0.01F * static_cast<float>(i), 0.5});
  EXPECT_THAT(refusal(write_certificate(many)), HasSubstr("too many levels"));
}

TEST(Certificate, MembersMustAgreeWithEachOther) {
  const std::string text = write_certificate(example());
  EXPECT_THAT(refusal(replaced(text, ": 936", ": 899")), HasSubstr("more rows are kept than there are"));
  EXPECT_THAT(refusal(replaced(text, "\"lost\": 6", "\"lost\": 901")), HasSubstr("more is lost than is kept"));
  EXPECT_THAT(refusal(replaced(text, "0.0126", "0.03")), HasSubstr("above the promised risk"));
  EXPECT_THAT(refusal(replaced(text, ": true", ": false")), HasSubstr("every threshold must be null"));
  EXPECT_THAT(refusal(replaced(replaced(text, "0.61", "null"), "\"threshold\": 0}", "\"threshold\": null}")),
              HasSubstr("no category has a threshold"));
}

}  // namespace
}  // namespace pointsman::classify
