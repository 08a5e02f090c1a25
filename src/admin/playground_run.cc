// POST /run.
#include <fmt/format.h>

#include <charconv>

#include "admin/json_parts.h"
#include "admin/playground.h"
#include "json/document.h"
#include "json/strict_reader.h"

namespace pointsman::admin {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kMostBody = std::size_t{256} << 10;
constexpr std::size_t kLongestText = std::size_t{64} << 10;
constexpr std::size_t kMostTokens = 4096;
constexpr std::size_t kLongestAnswer = std::size_t{128} << 10;  // that is shown

std::unexpected<base::Error> wrong(std::string_view name, std::string_view message) {
  return std::unexpected(
      base::Error(ErrorCode::kInvalidArgument, std::string(message), base::Origin::kClient).at(std::string(name)));
}

struct Asked {
  std::string text;
  std::string decision;
  std::string model;
  std::size_t tokens = 0;
};

Result<Asked> read_asked(const std::string& body) {
  Asked out;
  json::StrictReader in(body, kMostBody);
  PM_CHECK(in.open());
  constexpr bool kOptional = json::StrictReader::kOptional;
  in.object("an object with text or decision_id, model and max_output_tokens",
            {{"text", [&] { out.text = in.text(kLongestText); }, kOptional},
             {"decision_id", [&] { out.decision = in.text(64); }, kOptional},
             {"model", [&] { out.model = in.text(256); }, kOptional},
             {"max_output_tokens", [&] { out.tokens = in.count(kMostTokens); }}});
  PM_CHECK(in.result());
  if (out.text.empty() == out.decision.empty()) return wrong("text", "write either text or decision_id");
  if (out.tokens == 0) return wrong("max_output_tokens", fmt::format("write a number from 1 to {}", kMostTokens));
  return out;
}

// The text that a decision was made about.
Result<std::string> kept_text(Call& call, const std::string& decision) {
  const auto id = base::Uuid::parse(decision);
  if (!id) return wrong("decision_id", "is not the id of a decision");
  PM_TRY(ledger::Reader * ledger, call.books.ledger());
  PM_TRY(auto entry, ledger->find(*id));
  if (!entry) return base::fail(ErrorCode::kNotFound, "there is no such decision");
  return std::move(entry->text);
}

std::string request_body(const Asked& asked, std::string_view model) {
  std::string out;
  json::Writer json(out);
  json.begin_object().member("model", model).key("messages").begin_array();
  json.begin_object().member("role", "user").member("content", asked.text).end_object().end_array();
  json.member("max_completion_tokens", asked.tokens).end_object();
  return out;
}

// What there is to show of the answer's body.
struct Shown {
  std::string text;
  bool cut = false;
};

std::string decoded(const json::RawString& raw) {
  std::string out;
  json::unescape(raw.raw, out);
  return out;
}

void read_message(json::Cursor& in, Shown& out) {
  for (bool more = in.enter_object(); more; more = in.next_member()) {
    json::RawString text;
    if (in.key_is("content") && in.read_string(text)) {
      out.text = decoded(text);
    } else {
      in.skip();
    }
  }
}

void read_choice(json::Cursor& in, Shown& out) {
  for (bool more = in.enter_object(); more; more = in.next_member()) {
    json::RawString reason;
    if (in.key_is("message") && in.peek() == '{') {
      read_message(in, out);
    } else if (in.key_is("finish_reason") && in.read_string(reason)) {
      out.cut = reason.is("length");
    } else {
      in.skip();
    }
  }
}

void read_error(json::Cursor& in, Shown& out) {
  for (bool more = in.enter_object(); more; more = in.next_member()) {
    json::RawString text;
    if (in.key_is("message") && in.read_string(text)) {
      out.text = decoded(text);
    } else {
      in.skip();
    }
  }
}

Shown read_shown(const std::string& body) {
  Shown out;
  json::Document document(body.size() + 1);
  if (!document.open(body)) return out;
  json::Cursor in = document.root();
  for (bool more = in.enter_object(); more; more = in.next_member()) {
    if (in.key_is("choices") && in.peek() == '[') {
      bool element = in.enter_array();
      if (element) read_choice(in, out);
      for (element = element && in.next_element(); element; element = in.next_element()) in.skip();
    } else if (in.key_is("error") && in.peek() == '{') {
      read_error(in, out);
    } else {
      in.skip();
    }
  }
  if (out.text.size() > kLongestAnswer) {
    out.text.resize(json::utf8_prefix(out.text, kLongestAnswer).size());
    out.cut = true;
  }
  return out;
}

// The entry of that request; nothing where it cannot be read (yet).
std::optional<ledger::Entry> entry_of(Call& call, const std::string& decision) {
  const auto id = base::Uuid::parse(decision);
  if (!id || !call.world.commit_ledger()) return std::nullopt;
  const auto ledger = call.books.ledger();
  if (!ledger) return std::nullopt;
  auto found = (*ledger)->find(*id);
  return found ? std::move(*found) : std::nullopt;
}

std::int64_t in_microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

Answer answer_of(const cli::HttpAnswer& came, const std::optional<ledger::Entry>& entry) {
  const Shown shown = read_shown(came.body);
  Answer out;
  json::Writer json(out.body);
  json.begin_object().member("decision_id", came.header("x-pointsman-decision-id"));
  json.member("model", entry ? entry->model : came.header("x-pointsman-model"));
  json.member("provider", entry ? entry->provider : std::string());
  json.member("category", came.header("x-pointsman-category")).member("status", came.status);
  json.member("answer", shown.text).member("cut", shown.cut).key("input_tokens");
  write_or_null(json, entry ? entry->usage.input_tokens : std::nullopt);
  write_or_null(json.key("output_tokens"), entry ? entry->usage.output_tokens : std::nullopt);
  write_dollars(json.key("cost_usd"), entry ? entry->cost : std::nullopt);
  json.member("first_byte_us", in_microseconds(came.first_byte)).member("total_us", in_microseconds(came.total));
  json.end_object();
  return out;
}

}  // namespace

Result<Answer> post_run(Call& call) {
  PM_TRY(Asked asked, read_asked(call.request.body));
  if (!asked.decision.empty()) {
    PM_TRY(asked.text, kept_text(call, asked.decision));
    if (asked.text.empty()) return conflict("the text of that decision was not kept", "no_text");
  }
  const std::string router = call.world.lineup().champion->policy.router;
  const std::string& model = asked.model.empty() ? router : asked.model;
  // Before the money is spent.
  PM_CHECK(call.note("playground.run", asked.decision,
                     fmt::format("model {}, at most {} tokens", model.substr(0, 100), asked.tokens)));
  const OwnRequest request{.path = "/v1/chat/completions", .body = request_body(asked, model)};
  const auto came = call.world.ask(request);
  if (!came && came.error().code() == ErrorCode::kUnsupported) return conflict(came.error().message(), "no_listener");
  if (!came) return base::fail(came.error());
  return answer_of(*came, entry_of(call, came->header("x-pointsman-decision-id")));
}

}  // namespace pointsman::admin
