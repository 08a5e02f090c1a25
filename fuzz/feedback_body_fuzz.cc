// links: pm_gateway
// parses: gateway/feedback_body
// Feedback over HTTP: any bytes give an error of the client's, or a statement within its bounds; and a line of an
// import is judged as the same statement alone would be. The same bytes serve as the key of a header.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/feedback_body.h"
#include "json/text.h"

namespace {

using namespace pointsman;
using gateway::kApiVoice;
using ledger::Feedback;

void require(bool good) {
  if (!good) std::abort();
}

const std::vector<std::string> kCategories = {"simple", "reasoning", "tool_use"};

bool in_bounds(const Feedback& said) {
  const bool says = said.labels() || said.fit != ledger::Fit::kUnsaid || said.rating || !said.comment.empty() ||
                    !said.corrected_output.empty();
  const bool known = said.category.empty() || said.category == kCategories[0] || said.category == kCategories[1] ||
                     said.category == kCategories[2];
  return says && known && said.who.starts_with(kApiVoice) && said.who.size() <= Feedback::kMaxWho &&
         said.comment.size() <= Feedback::kMaxComment && said.corrected_output.size() <= Feedback::kMaxOutput &&
         said.idempotency_key.size() <= Feedback::kMaxIdempotencyKey && !(said.no_category && !said.category.empty()) &&
         (!said.rating || (*said.rating >= 1 && *said.rating <= 5)) && !said.golden && said.slice == 0 &&
         said.signal == ledger::Signal::kNone && json::find_invalid_utf8(said.comment) == std::string_view::npos;
}

void check_error(const base::Error& error) {
  require(error.origin() == base::Origin::kClient && !error.message().empty());
  require(json::find_invalid_utf8(error.message()) == std::string_view::npos);
}

// Whether it was taken.
bool check_alone(std::string_view body) {
  static json::Document document;
  const auto said = gateway::read_feedback(body, kCategories, document);
  if (said) {
    require(in_bounds(*said));
  } else {
    check_error(said.error());
  }
  return said.has_value();
}

void check_lines(std::string_view body, bool taken) {
  gateway::FeedbackLines lines{std::string(body), kCategories};
  std::size_t count = 0, good = 0, last = 0;
  while (const auto line = lines.next()) {
    require(line->number > last);
    last = line->number;
    ++count;
    require(count <= gateway::kMaxFeedbackLines + 1);
    if (!line->said) {
      check_error(line->said.error());
      continue;
    }
    ++good;
    require(in_bounds(*line->said) && !line->said->idempotency_key.empty());
    require(lines.place_of_decision(*line).starts_with(std::to_string(line->number) + ":"));
  }
  // What is one statement alone is one line, unless it stands on several.
  if (taken && body.find('\n') == std::string_view::npos) require(count == 1 && good == 1);
  if (count == 1 && good == 1 && body.size() <= gateway::kMaxFeedbackBytes) require(taken);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // An exact block of its own, so that a read behind the body is seen.
  const std::unique_ptr<char[]> exact(new char[size]);
  std::copy(data, data + size, exact.get());
  const std::string_view body(exact.get(), size);
  check_lines(body, check_alone(body));
  Feedback keyed;
  if (const auto taken = gateway::take_key(body, keyed)) {
    require(keyed.idempotency_key.starts_with(kApiVoice));
    require(keyed.idempotency_key.size() <= Feedback::kMaxIdempotencyKey);
  } else {
    check_error(taken.error());
    require(keyed.idempotency_key.empty());
  }
  return 0;
}
