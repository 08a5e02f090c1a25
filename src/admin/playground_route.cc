// POST /route.
#include <algorithm>

#include "admin/playground.h"
#include "admin/text_reasons.h"
#include "gateway/decide.h"
#include "gateway/route_body.h"
#include "json/strict_reader.h"
#include "json/writer.h"
#include "wire/openai_chat/request.h"

namespace pointsman::admin {
namespace {

using base::Result;

constexpr std::size_t kMostBody = std::size_t{256} << 10;
constexpr std::size_t kLongestText = std::size_t{64} << 10;

struct Asked {
  std::string text;
  std::string context;
};

Result<Asked> read_asked(const std::string& body) {
  Asked out;
  json::StrictReader in(body, kMostBody);
  PM_CHECK(in.open());
  in.object("an object with text and context",
            {{"text", [&] { out.text = in.text(kLongestText); }},
             {"context", [&] { out.context = in.text(kLongestText); }, json::StrictReader::kOptional}});
  PM_CHECK(in.result());
  if (!out.text.empty()) return out;
  return base::fail(base::Error(base::ErrorCode::kInvalidArgument, "write a text", base::Origin::kClient).at("text"));
}

// The request that a client would send.
std::string request_body(const Asked& asked, const std::string& router) {
  std::string out;
  json::Writer json(out);
  json.begin_object().member("model", router).key("messages").begin_array();
  for (const std::string* text : {&asked.context, &asked.text}) {
    if (!text->empty()) json.begin_object().member("role", "user").member("content", *text).end_object();
  }
  json.end_array().end_object();
  return out;
}

// One for each model of the market, as the workers know them.
std::vector<route::Health> health_of(const gateway::Snapshot& snapshot, const std::vector<ModelHealth>& known) {
  std::vector<route::Health> out;
  for (const route::MarketModel& one : snapshot.market.models()) {
    const auto at = std::ranges::find(known, one.model.name, &ModelHealth::model);
    const bool well = at == known.end() || (at->breaker != ModelHealth::Breaker::kOpen && !at->rests_until);
    out.push_back(well ? route::Health::kHealthy : route::Health::kUnhealthy);
  }
  return out;
}

struct Decided {
  std::string body;
  llm::ChatRequest request;
  gateway::Decision decision;
};

Result<void> decide(const gateway::Lineup& lineup, std::span<const route::Health> health, const base::Clock& clock,
                    Decided& out) {
  const gateway::Snapshot& snapshot = *lineup.champion;
  wire::openai_chat::Reader reader;
  PM_CHECK(wire::openai_chat::read_chat_request(out.body, reader, out.request));
  gateway::Decider decider;
  decider.use(snapshot);
  decider.remember(lineup.memory);
  const base::MonoTime begin = clock.mono();
  PM_CHECK(decider.decide(snapshot, out.request, "", {.health = health}, out.decision));
  out.decision.classify_time = clock.mono() - begin;
  return {};
}

}  // namespace

Result<Answer> post_route(Call& call) {
  PM_TRY(const Asked asked, read_asked(call.request.body));
  const gateway::Lineup lineup = call.world.lineup();
  const gateway::Snapshot& snapshot = *lineup.champion;
  const std::vector<route::Health> health = health_of(snapshot, call.world.model_health());
  Decided decided{.body = request_body(asked, snapshot.policy.router), .request = {}, .decision = {}};
  PM_CHECK(decide(lineup, health, call.clock, decided));
  // The classifier explains what it was asked, nothing else.
  std::shared_ptr<const classify::LinearModel> model;
  if (!decided.decision.evidence.probabilities.empty()) {
    model = find_classifier(snapshot.classifier_version, lineup, call.books);
  }
  std::string decision;
  gateway::write_route_body(snapshot, decided.request, decided.decision, decision);
  Answer out;
  json::Writer json(out.body);
  json.begin_object().key("decision").raw(decision);
  write_text_reasons(json, model.get(), {.text = decided.request.text, .context = decided.request.context});
  json.end_object();
  return out;
}

}  // namespace pointsman::admin
