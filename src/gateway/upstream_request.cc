#include "gateway/upstream_request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gateway/protocols.h"
#include "wire/anthropic_messages/forward.h"
#include "wire/openai_chat/forward.h"
#include "wire/openai_responses/forward.h"

namespace pointsman::gateway {

using base::ErrorCode;
using base::Result;
using llm::Protocol;

namespace {

base::Error refused(std::string message) {
  return {ErrorCode::kUnsupported, std::move(message), base::Origin::kClient, base::Retry::kOtherTarget};
}

// The same protocol on both sides. The answer: whether usage is now reported that the client did not ask for.
Result<bool> forward(const upstream::Provider& provider, std::string_view upstream_name, RequestState& state,
                     bool ask_logprobs) {
  const llm::ChatRequest& request = state.request;
  switch (request.protocol) {
    case Protocol::kChatCompletions:
    case Protocol::kLegacyCompletions:
    case Protocol::kEmbeddings:
      return wire::openai_chat::forward_body(request, {upstream_name, provider.ask_usage, ask_logprobs}, state.body);
    case Protocol::kResponses: {
      PM_CHECK(wire::openai_responses::forward_body(request, upstream_name, state.document, state.body));
      return false;
    }
    case Protocol::kMessages: {
      PM_CHECK(wire::anthropic_messages::forward_body(request, upstream_name, state.body));
      return false;
    }
  }
  return base::fail(ErrorCode::kInternal, "no such protocol");
}

Result<void> check_losses(const Snapshot& snapshot, const route::Model& model, const llm::Losses& losses) {
  if (snapshot.config.router.on_unsupported != config::OnUnsupported::kReject) return {};
  std::vector<std::string_view> heavy;
  for (const llm::Loss& one : losses) {
    if (!one.minor) heavy.push_back(one.what);
  }
  if (heavy.empty()) return {};
  return base::fail(refused(fmt::format("model '{}' at provider '{}' speaks another protocol, which cannot express: {}",
                                        model.name, model.provider, fmt::join(heavy, ", "))));
}

}  // namespace

Result<Sent> write_upstream_request(const Snapshot& snapshot, RequestState& state, const http::FieldList& client_fields,
                                    int model, bool ask_logprobs) {
  const auto index = static_cast<std::size_t>(model);
  const upstream::Provider& provider = snapshot.providers[static_cast<std::size_t>(snapshot.provider_of_model[index])];
  const route::Model& target = snapshot.market.model(static_cast<route::ModelIndex>(model));
  const llm::ChatRequest& request = state.request;
  const auto protocol = spoken_with(provider, request.protocol);
  if (!protocol) {
    return base::fail(refused(fmt::format("model '{}' at provider '{}' has no {}", target.name, target.provider,
                                          to_string(request.protocol))));
  }
  Sent sent{.protocol = *protocol};
  state.upstream_head.clear();
  const auto begin = [&](std::size_t size) {
    const auto author = sent.protocol == request.protocol ? upstream::Author::kClient : upstream::Author::kGateway;
    return upstream::append_request_head(provider, path_of(sent.protocol), author, client_fields, size,
                                         state.upstream_head, state.spans.fields());
  };
  if (sent.protocol == request.protocol) {
    PM_TRY(sent.hide_usage, forward(provider, target.upstream_name, state, ask_logprobs));
    PM_CHECK(begin(state.body.size()));
    state.pieces.assign(1, state.upstream_head);
    const auto body = state.body.pieces();
    state.pieces.insert(state.pieces.end(), body.begin(), body.end());
    return sent;
  }
  PM_CHECK(state.crossing.write(
      request, sent.protocol,
      {.model = target.upstream_name, .max_output = target.max_output.value_or(0), .ask_usage = provider.ask_usage},
      state.document));
  PM_CHECK(check_losses(snapshot, target, state.crossing.losses()));
  for (const llm::Loss& one : state.crossing.losses()) sent.losses.push_back(one.what);
  constexpr std::string_view kBeta = "anthropic-beta";
  if (sent.protocol != Protocol::kMessages && client_fields.find(kBeta)) sent.losses.emplace_back(kBeta);
  PM_CHECK(begin(state.crossing.body().size()));
  state.pieces.assign({state.upstream_head, state.crossing.body()});
  return sent;
}

}  // namespace pointsman::gateway
