// A request's look into what other replicas keep: as long as it has to wait, and never longer.
#include "gateway/shared_answers.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/loop_run.h"

namespace pointsman::gateway {
namespace {

using namespace std::chrono_literals;
using net::Awaitable;

class Place final : public SharedAnswers {
 public:
  bool ready() const override { return true; }
  base::Duration patience() const override { return patience_; }
  void find(SharedLookupPtr call) override {
    asked_ = std::move(call);
    if (answers_) elsewhere_ = std::jthread([call = asked_] { call->done(SharedAnswer{{.body = "found"}, 3s}); });
  }
  void keep(const answers::AnswerKey&, answers::KeptAnswerPtr, base::Duration) override {}

  base::Duration patience_ = 20s;
  bool answers_ = true;
  SharedLookupPtr asked_;

 private:
  std::jthread elsewhere_;
};

class SharedLookupTest : public testing::Test {
 protected:
  std::optional<SharedAnswer> look() {
    std::optional<SharedAnswer> out;
    run_.run([](SharedLookupTest& test, std::optional<SharedAnswer>& found) -> Awaitable<> {
      const auto call = std::make_shared<SharedLookup>(test.run_.loop(), base::sha256("key"));
      found = co_await look_in(test.place_, call, test.cancel_);
    }(*this, out));
    return out;
  }

  test_support::LoopRun run_;
  net::CancelToken cancel_;
  Place place_;
};

TEST_F(SharedLookupTest, HearsFromAnotherThread) {
  const auto found = look();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->answer.body, "found");
  EXPECT_EQ(found->age, 3s);
  EXPECT_EQ(place_.asked_->key(), base::sha256("key"));
}

TEST_F(SharedLookupTest, GivesUpAfterThePlacesPatienceAndAnAnswerThatIsLateIsNobodys) {
  place_.answers_ = false;
  place_.patience_ = 1ms;
  EXPECT_FALSE(look());
  place_.asked_->done(SharedAnswer{{.body = "late"}, 0s});
  place_.answers_ = true;
  place_.patience_ = 20s;
  EXPECT_EQ(look()->answer.body, "found");
}

TEST_F(SharedLookupTest, EndsWhenTheClientLeavesAndAsksNobodyAfterwards) {
  place_.answers_ = false;
  run_.loop().post([this] { cancel_.request(); });
  EXPECT_FALSE(look());
  place_.asked_.reset();
  EXPECT_FALSE(look());
  EXPECT_EQ(place_.asked_, nullptr);
}

}  // namespace
}  // namespace pointsman::gateway
