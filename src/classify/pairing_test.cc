#include "classify/pairing.h"

#include <gtest/gtest.h>

namespace pointsman::classify {
namespace {

Pairing sound() {
  Pairing out;
  out.classifier = std::string(64, 'a');
  out.model = "small-\"model\"";
  out.prompt_version = std::string(64, 'b');
  out.opinions.set(OpinionSource::kLogprobs, {.local = 0.75F, .model = 1.5F, .floor = 0.01F, .stray = 0.02F});
  out.opinions.set(OpinionSource::kBare, {.local = 1, .model = 0.5F, .floor = 0.1F});
  out.categories = {{"simple", 0.8F, 0.9F}, {"reasoning", kNeverKeep, 0.7F}};
  out.kind = RiskKind::kAnyMistake;
  out.at_most = 0.02;
  out.confidence = 0.95;
  out.certified = true;
  out.evidence = {1000, 800, 7, 0.0151, "held-out", std::string(64, 'c')};
  out.asked_share = 0.17;
  out.kept_share = 0.8;
  out.traffic = {1000, {{0.5F, 0.1}, {0.7F, 0.25}}};
  return out;
}

TEST(Pairing, ReadsBackAsWhatWasWritten) {
  Pairing none = sound();
  none.classifier.clear();
  none.certified = false;
  for (PairedCategory& one : none.categories) one = {one.name};
  none.next = "label 400 more requests";
  none.traffic = {};
  for (const Pairing& one : {sound(), none}) {
    const std::string text = write_pairing(one);
    const auto again = read_pairing(text);
    ASSERT_TRUE(again) << again.error().message() << "\n" << text;
    EXPECT_EQ(write_pairing(*again), text);
    EXPECT_EQ(again->model, one.model);
    EXPECT_EQ(again->classifier, one.classifier);
    EXPECT_EQ(again->opinions.weights(OpinionSource::kLogprobs)->model, 1.5F);
    EXPECT_FALSE(again->opinions.weights(OpinionSource::kStated));
    EXPECT_EQ(again->categories[1].pooled, one.categories[1].pooled);
    EXPECT_EQ(again->traffic.levels.size(), one.traffic.levels.size());
  }
}

std::string changed(std::string_view from, std::string_view to) {
  std::string text = write_pairing(sound());
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  const auto read = read_pairing(text);
  return read ? "" : read.error().message();
}

TEST(Pairing, RefusesWhatContradictsItself) {
  EXPECT_EQ(changed("\"certified\": true", "\"certified\": false"),
            "12:17: nothing is certified, so every threshold must be null");
  EXPECT_EQ(changed("\"kept\": 800", "\"kept\": 1001"), "16:15: more rows are kept than there are");
  EXPECT_EQ(changed("\"lost\": 7", "\"lost\": 801"), "16:15: more is lost than is kept");
  EXPECT_EQ(changed("\"bound\": 0.0151", "\"bound\": 0.03"), "16:15: the bound is above the promised risk");
  EXPECT_EQ(changed("\"name\": \"reasoning\"", "\"name\": \"simple\""),
            "14:14: a category of this name is there already");
}

TEST(Pairing, RefusesWhatIsNotOfItsForm) {
  EXPECT_EQ(changed("pointsman-pairing-1", "pointsman-pairing-9"),
            "2:13: expected \"pointsman-pairing-1\": written by another version?");
  EXPECT_NE(changed("\"logprobs\"", "\"rumours\""), "");
  EXPECT_NE(changed("\"any_mistake\"", "\"bad_luck\""), "");
  EXPECT_NE(changed("\"local\": 0.8", "\"local\": 1.8"), "");
  EXPECT_NE(changed("\"below\": 0.7", "\"below\": 0.5"), "");
  EXPECT_NE(changed(std::string(64, 'c'), "c"), "");
}

TEST(Pairing, RefusesEveryTruncation) {
  const std::string text = write_pairing(sound());
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    EXPECT_FALSE(read_pairing(std::string_view(text).substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace pointsman::classify
