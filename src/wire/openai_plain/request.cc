#include "wire/openai_plain/request.h"

#include <algorithm>

#include "base/hash.h"
#include "wire/excerpt.h"

namespace pointsman::wire::openai_plain {
namespace {

enum Member : std::size_t {
  kModel,
  kPrompt,
  kInput,
  kStream,
  kStreamOptions,
  kN,
  kBestOf,
  kMaxTokens,
  kSuffix,
  kLogprobs,
  kUser,
  kMemberCount,
};
constexpr std::array<std::string_view, kMemberCount> kNames = {
    "model", "prompt", "input", "stream", "stream_options", "n", "best_of", "max_tokens", "suffix", "logprobs", "user"};
constexpr std::array<std::string_view, 1> kIncludeUsage = {"include_usage"};

enum class Endpoint : bool { kCompletions, kEmbeddings };

class Reading final : private BodyReading {
 public:
  Reading(Endpoint endpoint, ReadingSpace& space, llm::ChatRequest& out)
      : BodyReading(space, out), embeddings_(endpoint == Endpoint::kEmbeddings) {}

  base::Result<void> read(std::string_view body) {
    space_.parts.clear();
    return run(body);
  }

 private:
  void members() override;
  void member(std::size_t member);
  void conclude() override;

  void prompts();
  void prompt_list();
  void token_list();
  void stream_options();
  void choices(std::int64_t& out);

  // Which members of the table this endpoint has.
  bool known(std::size_t member) const {
    if (member == kModel || member == kUser) return true;
    return member < kMemberCount && (member == kInput) == embeddings_;
  }

  const bool embeddings_;
  std::int64_t prompts_ = 0;
  std::int64_t n_ = 1;
  std::int64_t best_of_ = 1;
};

void Reading::members() {
  out_.object_begin = cursor_.offset() + 1;
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t at = member_index(cursor_, kNames);
    if (!known(at)) {
      cursor_.skip();
      continue;
    }
    const Pointer::Step step(pointer_, kNames[at]);
    if (once(seen, at, kNames[at])) member(at);
  }
  if (!require(seen, kModel, kNames[kModel])) return;
  const std::size_t needed = embeddings_ ? kInput : kPrompt;
  require(seen, needed, kNames[needed]);
}

void Reading::member(std::size_t member) {
  std::int64_t number = 0;
  json::RawString text;
  switch (member) {
    case kModel:
      return model();
    case kPrompt:
    case kInput:
      return prompts();
    case kStream:
      return flag(out_.stream);
    case kStreamOptions:
      return stream_options();
    case kN:
      return choices(n_);
    case kBestOf:
      return choices(best_of_);
    case kMaxTokens:
      if (integer(number) && number > 0) out_.needs.output_tokens = number;
      return;
    case kSuffix:
      if (cursor_.skip_if_null() || !string(text, "must be a string")) return;
      add_piece(llm::PieceKind::kText, text);
      return add_text(text);
    case kLogprobs:
      if (integer(number)) out_.needs.capabilities.add(llm::Capability::kLogprobs);
      return;
    default:
      return user(out_.user);
  }
}

// A string, strings, tokens, or lists of tokens. A completion without a prompt begins a text of its own.
void Reading::prompts() {
  const std::size_t begin = cursor_.offset();
  json::RawString text;
  if (cursor_.peek() == '"') {
    if (!string(text, "must be a string")) return;
    add_piece(llm::PieceKind::kText, text);
    add_text(text);
    space_.parts.push_back(text);
    prompts_ = 1;
  } else if (!embeddings_ && cursor_.skip_if_null()) {
    prompts_ = 1;
  } else if (expect('[', "must be a string, or an array of strings or of tokens")) {
    prompt_list();
  }
  if (cursor_.failed()) return;
  // Each prompt is a conversation of its own.
  out_.conversation = base::xxh3(out_.body.substr(begin, cursor_.last_end() - begin));
}

void Reading::prompt_list() {
  const std::size_t begin = cursor_.offset();
  std::uint64_t index = 0;
  char kind = '\0';
  bool more = cursor_.enter_array();
  if (!more && !cursor_.failed()) return refuse("must not be empty");
  for (; more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, index++);
    const char c = cursor_.peek();
    const char now = c == '"' || c == '[' ? c : '0';
    if (kind == '\0') kind = now;
    if (now != kind) return refuse("must be of the same kind as the elements before it");
    if (now != '0' && ++prompts_ > kMaxPrompts) return refuse("is one more than " + std::to_string(kMaxPrompts));
    json::RawString text;
    std::int64_t token = 0;
    if (now == '[') {
      token_list();
    } else if (now == '0') {
      if (!cursor_.read_integer(token) || token < 0) return refuse("must be a string, a token or an array of tokens");
      ++flat_tokens_;
    } else if (string(text, "must be a string")) {
      add_piece(llm::PieceKind::kText, text);
      add_text(text);
      if (!embeddings_) space_.parts.push_back(text);
    }
  }
  if (kind == '0') add_value(llm::PieceKind::kTokens, begin);
  prompts_ = std::max<std::int64_t>(prompts_, 1);
}

void Reading::token_list() {
  const std::size_t begin = cursor_.offset();
  std::uint64_t index = 0;
  bool more = cursor_.enter_array();
  if (!more && !cursor_.failed()) return refuse("must not be empty");
  for (; more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, index++);
    std::int64_t token = 0;
    if (!cursor_.read_integer(token) || token < 0) return refuse("must be a token, an integer");
    ++flat_tokens_;
  }
  add_value(llm::PieceKind::kTokens, begin);
}

void Reading::stream_options() {
  out_.stream_options.begin = cursor_.offset();
  if (!cursor_.skip_if_null()) {
    if (!expect('{', "must be an object")) return;
    std::uint32_t seen = 0;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      if (member_index(cursor_, kIncludeUsage) != 0) {
        cursor_.skip();
        continue;
      }
      const Pointer::Step step(pointer_, kIncludeUsage[0]);
      if (!once(seen, 0, kIncludeUsage[0])) return;
      out_.include_usage_value.begin = cursor_.offset();
      flag(out_.include_usage);
      out_.include_usage_value.end = cursor_.last_end();
    }
  }
  out_.stream_options.end = cursor_.last_end();
}

void Reading::choices(std::int64_t& out) {
  std::int64_t number = 1;
  if (!integer(number)) return;
  if (number < 0 || number > kMaxChoices) return refuse("must be between 1 and " + std::to_string(kMaxChoices));
  out = std::max<std::int64_t>(number, 1);
  if (number > 1) out_.needs.capabilities.add(llm::Capability::kMultipleChoices);
}

void Reading::conclude() {
  out_.needs.input_tokens = estimate();
  out_.messages = static_cast<std::uint32_t>(prompts_);
  if (embeddings_) return;
  out_.choices = static_cast<std::uint32_t>(prompts_ * std::max(n_, best_of_));
  excerpt(space_.parts, llm::ChatRequest::kMaxText, space_.scratch, out_.text);
}

}  // namespace

base::Result<void> read_completion_request(std::string_view body, ReadingSpace& space, llm::ChatRequest& out) {
  return Reading(Endpoint::kCompletions, space, out).read(body);
}

base::Result<void> read_embedding_request(std::string_view body, ReadingSpace& space, llm::ChatRequest& out) {
  return Reading(Endpoint::kEmbeddings, space, out).read(body);
}

}  // namespace pointsman::wire::openai_plain
