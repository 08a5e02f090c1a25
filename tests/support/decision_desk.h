// A ledger on disk with decisions of three categories, and the functions of the operators' API called over it as the
// desk calls them.
// For tests; one test, one ledger. The clock stands still unless a test moves it.
#pragma once

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "admin/endpoint.h"
#include "cli/replay.h"
#include "ledger_drivers/open.h"
#include "ledger_sqlite/store.h"
#include "support/admin_office.h"
#include "support/routing.h"
#include "support/temporary_directory.h"

namespace pointsman::admin {

class FixedWorld final : public test::TestWorld {
 public:
  explicit FixedWorld(gateway::SnapshotPtr champion) {
    configured_ = champion->config;
    lineup_.champion = std::move(champion);
  }
};

class DecisionDesk : public ::testing::Test {
 protected:
  static constexpr std::int64_t kNow = 1'767'348'000;  // 2026-01-02 10:00:00 UTC

  // As the gateway records it, `seconds` before now: as sure of `category` as `confidence` says.
  ledger::Entry decision(std::int64_t seconds, std::string_view category = "simple", float confidence = 0.9F) {
    ledger::Entry out;
    out.id = base::UuidGenerator(++made_).next(base::WallTime(std::chrono::seconds(kNow - seconds)));
    out.started = out.id.time();
    out.requested_model = "auto";
    out.text_hash = static_cast<std::uint64_t>(seconds);
    const auto index = static_cast<std::size_t>(champion_->cascade.find(category));
    const std::size_t categories = champion_->policy.categories.size();
    out.probabilities.assign(categories, (1 - confidence) / static_cast<float>(categories - 1));
    out.probabilities[index] = confidence;
    out.policy_version = champion_->policy_version;
    out.classifier_version = champion_->classifier_version;
    out.input_tokens_estimate = 100;
    out.usage = {.input_tokens = 1000, .output_tokens = 1000};
    out.status = 200;
    out.overhead = std::chrono::microseconds(200);
    out.first_byte = std::chrono::milliseconds(300);
    out.total = std::chrono::milliseconds(900);
    decide(out);
    out.cost = base::Money{1'000'000};
    out.baseline_cost = base::Money{4'000'000};
    return out;
  }
  ledger::Entry asked(std::int64_t seconds, std::string text, std::string_view category = "simple",
                      float confidence = 0.5F) {
    ledger::Entry out = decision(seconds, category, confidence);
    out.text = std::move(text);
    return out;
  }

  void keep(const std::vector<ledger::Entry>& entries) {
    ledger_sqlite::StoreOptions options;
    options.directory = directory_.file("ledger");
    options.ring_bytes = 1 << 20;
    options.writer.clock = &clock_;
    auto store = ledger_sqlite::open_store(options);
    ASSERT_TRUE(store) << store.error().message();
    ASSERT_TRUE((*store)->save_policy(champion_->policy_version, champion_->policy_document));
    for (const ledger::Entry& entry : entries) {
      ASSERT_TRUE((*store)->sink(0).reserve());
      (*store)->sink(0).append(entry);
    }
    ASSERT_TRUE((*store)->close());
  }
  // A label of a person, in the store.
  base::Uuid say(const ledger::Entry& about, std::string who, std::string category, double slice = 0) {
    ledger::Feedback said;
    said.id = ids_.next(clock_.wall());
    said.decision = about.id;
    said.who = std::move(who);
    said.no_category = category.empty();
    said.category = std::move(category);
    said.slice = slice;
    EXPECT_TRUE((*books_.feedback())->add(said, about));
    return said.id;
  }

  // What the endpoint of that path answers to a signed-in user.
  Answer ask(http::Method method, const std::string& path, std::string query = "", std::string body = "") {
    Request request;
    request.method = method;
    request.path = path;
    request.query = std::move(query);
    request.body = std::move(body);
    request.idempotency_key = std::exchange(key_, "");
    request.at = clock_.wall();
    const auto match = find_endpoint(method, path);
    if (!match || match->endpoint == nullptr) return refuse(404, "no endpoint");
    const auto parsed = Query::parse(request.query, match->endpoint->query, request.at);
    if (!parsed) return refuse(parsed.error());
    const std::function<bool()> wanted = [this] { return wanted_; };
    Call call{request, *parsed, match->parts, user_, role_, books_, world_, staff_, clock_, ids_, wanted};
    auto answered = match->endpoint->handle(call);
    return answered ? std::move(*answered) : refuse(answered.error());
  }
  Answer get(const std::string& path, std::string query = "") {
    return ask(http::Method::kGet, path, std::move(query));
  }
  Answer post(const std::string& path, std::string body = "{}") {
    return ask(http::Method::kPost, path, "", std::move(body));
  }
  static boost::json::value json(const Answer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    return boost::json::parse(answer.body);
  }

  test::TemporaryDirectory directory_;
  base::ManualClock clock_{base::WallTime(std::chrono::seconds(kNow))};
  gateway::SnapshotPtr champion_ = *gateway::build_snapshot(testing::three_models(), testing::load_words(), nullptr);
  FixedWorld world_{champion_};
  Staff staff_;
  Books books_{ledger_drivers::backend_at(directory_.file("ledger"))};
  base::UuidGenerator ids_{7};
  std::uint64_t made_ = 100;  // entries: one generator never goes back in time
  std::string user_ = "ada";
  config::AdminRole role_ = config::AdminRole::kLabeller;
  std::string key_;  // the Idempotency-Key of the next request
  bool wanted_ = true;

 private:
  // Fills in what the policy decides from that evidence.
  void decide(ledger::Entry& entry) {
    const auto again = cli::replay(entry, champion_->policy_document);
    ASSERT_TRUE(again) << again.error().message();
    const classify::Verdict& verdict = again->verdict;
    entry.stage = to_string(verdict.stage);
    if (verdict.category >= 0)
      entry.category = again->policy.categories[static_cast<std::size_t>(verdict.category)].name;
    entry.probability = verdict.probability;
    entry.threshold = verdict.threshold;
    entry.reason = verdict.reason;
    for (const route::Candidate& one : again->ranked.candidates) {
      entry.candidates.push_back(again->market.model(one.model).name);
    }
    entry.model = entry.candidates.front();
    entry.provider = again->market.model(again->ranked.candidates.front().model).provider;
    entry.attempts = {{.model = entry.model, .provider = entry.provider, .status = 200}};
  }
};

}  // namespace pointsman::admin
