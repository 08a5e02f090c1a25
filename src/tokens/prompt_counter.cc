#include "tokens/prompt_counter.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "base/hash.h"
#include "json/text.h"
#include "llm/token_estimate.h"
#include "tokens/image_size.h"
#include "tokens/overheads.h"

namespace pointsman::tokens {
namespace {

using llm::PieceForm;
using llm::PieceKind;
using llm::PieceRole;
using llm::PromptPiece;

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
// What one huge request made grow is given back.
constexpr std::size_t kKeptScratch = std::size_t{1} << 20;
// An escaped address is decoded as far as this: the size of an image stands near its beginning.
constexpr std::size_t kImageHead = std::size_t{1} << 16;

bool is_of_message(PieceKind kind) {
  return kind != PieceKind::kMessage && kind < PieceKind::kTool;
}

bool is_media(PieceKind kind) {
  return kind == PieceKind::kImage || kind == PieceKind::kFile || kind == PieceKind::kAudio;
}

// The behaviour that is known is that of "system"; "developer" is the same to newer models.
bool is_system(PieceRole role) {
  return role == PieceRole::kSystem || role == PieceRole::kDeveloper;
}

std::int64_t file_tokens(std::size_t bytes) {
  return std::max(kLeastFile, static_cast<std::int64_t>(bytes) / kFileBytesPerToken);
}

std::int64_t audio_tokens(std::size_t bytes) {
  return 1 + static_cast<std::int64_t>(bytes) / kAudioBytesPerToken;
}

}  // namespace

std::string_view to_string(Doubt doubt) {
  constexpr std::array<std::string_view, kDoubts> kNames = {"tokenizer", "framing", "tools",    "tool_calls",
                                                            "images",    "files",   "audio",    "answer_format",
                                                            "reasoning", "other",   "elsewhere"};
  return kNames[static_cast<std::size_t>(doubt)];
}

// One walk over the pieces of one request.
class PromptWalk {
 public:
  PromptWalk(PromptCounter& own, const llm::ChatRequest& request, const Family& family, std::int64_t limit)
      : own_(own), request_(request), prompt_(request.prompt), family_(family), limit_(limit) {}

  // False when there is more than the limit.
  bool run(std::vector<PromptItem>* items);
  const PromptCount& result() const { return result_; }

 private:
  bool piece(std::size_t& at, std::vector<PromptItem>* items);
  bool message(std::span<const PromptPiece> pieces, PieceRole role);
  bool texts(std::span<const PromptPiece> pieces, bool pad);
  bool loose(const PromptPiece& piece);
  bool tools();
  bool choice(const PromptPiece& piece);
  void media(const PromptPiece& piece);
  void image(const PromptPiece& piece);
  void conclude();

  std::string_view bytes(const PromptPiece& piece) const {
    return request_.body.substr(piece.bytes.begin, piece.bytes.size());
  }
  // Valid until the next call.
  std::string_view decoded(const PromptPiece& piece);
  CountCache::Key key(std::span<const PromptPiece> pieces, std::uint64_t salt) const;
  // The tokens of a text, or nothing when they are more than still may be.
  std::optional<std::int64_t> tokens_of(std::string_view text);
  bool add(std::int64_t tokens) {
    result_.tokens += tokens;
    return result_.tokens <= limit_;
  }
  bool add_framing(std::int64_t tokens) {
    framing_ += tokens;
    return add(tokens);
  }
  bool add_estimate(std::int64_t tokens, Doubt doubt) {
    result_.estimated += tokens;
    result_.doubts.add(doubt);
    return add(tokens);
  }

  PromptCounter& own_;
  const llm::ChatRequest& request_;
  std::span<const PromptPiece> prompt_;
  const Family& family_;
  const std::int64_t limit_;
  text::TokenCounter* counter_ = nullptr;
  PromptCount result_;
  std::int64_t framing_ = 0;
  bool has_messages_ = false;
  bool has_system_ = false;
  bool has_tools_ = false;
  bool system_padded_ = false;
  bool tools_counted_ = false;
};

bool PromptWalk::run(std::vector<PromptItem>* items) {
  auto& counter = family_.encoding == Encoding::kCl100k ? own_.cl100k_ : own_.o200k_;
  if (counter) counter_ = &*counter;
  for (const PromptPiece& one : prompt_) {
    has_messages_ = has_messages_ || one.kind == PieceKind::kMessage;
    has_system_ = has_system_ || (one.kind == PieceKind::kMessage && is_system(one.role));
    has_tools_ = has_tools_ || one.kind == PieceKind::kTool;
  }
  bool within = true;
  for (std::size_t at = 0; within && at < prompt_.size();) within = piece(at, items);
  if (within && has_messages_) {
    within = add_framing(kAnswerBegins);
    if (items != nullptr) items->push_back({PromptItem::Kind::kAnswer, PieceRole::kAssistant, kAnswerBegins});
  }
  if (own_.scratch_.capacity() > kKeptScratch) std::string().swap(own_.scratch_);
  conclude();
  return within && result_.tokens <= limit_;
}

// The piece at `at`, and of a message all that belongs to it; `at` moves behind.
bool PromptWalk::piece(std::size_t& at, std::vector<PromptItem>* items) {
  using Kind = PromptItem::Kind;
  const PromptPiece& first = prompt_[at++];
  const std::int64_t before = result_.tokens;
  PromptItem item{.role = first.role};
  bool within = true;
  if (first.kind == PieceKind::kMessage) {
    const std::size_t begin = at;
    while (at < prompt_.size() && is_of_message(prompt_[at].kind)) ++at;
    within = message(prompt_.subspan(begin, at - begin), first.role);
  } else if (first.kind == PieceKind::kTool) {
    item.kind = Kind::kTools;
    if (tools_counted_) return true;
    within = tools();
  } else if (first.kind == PieceKind::kToolChoice || first.kind == PieceKind::kFunctionChoice) {
    item.kind = Kind::kToolChoice;
    within = choice(first);
  } else {
    item.kind = first.kind == PieceKind::kAnswerFormat ? Kind::kAnswerFormat : Kind::kText;
    within = loose(first);
  }
  item.tokens = result_.tokens - before;
  if (items != nullptr) items->push_back(item);
  return within;
}

bool PromptWalk::message(std::span<const PromptPiece> pieces, PieceRole role) {
  std::int64_t framing = kPerMessage + kPerRole;
  if (role == PieceRole::kFunction) framing -= kFunctionRoleDiscount;
  if (role == PieceRole::kTool) result_.doubts.add(Doubt::kToolCalls);
  if (role == PieceRole::kOther) result_.doubts.add(Doubt::kOther);
  for (const PromptPiece& piece : pieces) {
    if (piece.kind == PieceKind::kName) framing += kPerName;
    if (piece.kind == PieceKind::kCallName) framing += kPerCall;
    if (is_media(piece.kind)) media(piece);
    const bool of_call = piece.kind == PieceKind::kCallName || piece.kind == PieceKind::kCallArguments;
    if (of_call || (piece.kind == PieceKind::kResult && role != PieceRole::kFunction)) {
      result_.doubts.add(Doubt::kToolCalls);
    }
  }
  bool pad = false;
  if (has_tools_ && is_system(role) && !system_padded_) pad = system_padded_ = true;
  return add_framing(framing) && texts(pieces, pad);
}

// All texts of a message. With `pad` the last of them ends in a line end.
bool PromptWalk::texts(std::span<const PromptPiece> pieces, bool pad) {
  const PromptPiece* last = nullptr;
  for (const PromptPiece& piece : pieces) {
    if (piece.kind == PieceKind::kReasoning) result_.doubts.add(Doubt::kReasoning);
    if (piece.kind == PieceKind::kOther) result_.doubts.add(Doubt::kOther);
    if (pad && piece.kind == PieceKind::kText) last = &piece;
  }
  const CountCache::Key key = this->key(pieces, pad ? 1 : 0);
  if (const auto known = own_.cache_.find(key)) {
    result_.estimated += known->estimated;
    return add(known->tokens);
  }
  const std::int64_t tokens = result_.tokens;
  const std::int64_t estimated = result_.estimated;
  for (const PromptPiece& piece : pieces) {
    if (is_media(piece.kind)) continue;
    std::string_view text = decoded(piece);
    if (&piece == last && !text.ends_with('\n')) {
      if (piece.form != PieceForm::kEscaped) own_.scratch_ = text;
      text = own_.scratch_ += '\n';
    }
    const auto count = tokens_of(text);
    if (!count) return false;
    result_.tokens += *count;
    if (piece.kind == PieceKind::kReasoning || piece.kind == PieceKind::kOther) result_.estimated += *count;
  }
  own_.cache_.put(key, {static_cast<std::uint32_t>(result_.tokens - tokens),
                        static_cast<std::uint32_t>(result_.estimated - estimated)});
  return result_.tokens <= limit_;
}

// What belongs to no message.
bool PromptWalk::loose(const PromptPiece& piece) {
  if (is_media(piece.kind)) {
    media(piece);
    return result_.tokens <= limit_;
  }
  if (piece.kind == PieceKind::kTokens) return add(1 + std::ranges::count(bytes(piece), ','));
  const auto count = tokens_of(decoded(piece));
  if (!count) return false;
  return piece.kind == PieceKind::kAnswerFormat ? add_estimate(*count, Doubt::kAnswerFormat) : add(*count);
}

// All definitions: they are one text.
bool PromptWalk::tools() {
  tools_counted_ = true;
  CountCache::Key key{.hash = own_.seed_};
  for (const PromptPiece& piece : prompt_) {
    if (piece.kind != PieceKind::kTool) continue;
    key.hash = base::xxh3(bytes(piece), key.hash + 1);
    key.length += piece.bytes.size() + 1;
  }
  key.hash = key.hash * 2 + static_cast<std::uint64_t>(family_.encoding == Encoding::kCl100k);
  auto known = own_.cache_.find(key);
  if (!known) {
    const bool sure = own_.tool_text_.write(request_.body, prompt_, own_.scratch_);
    const auto count = tokens_of(own_.scratch_);
    if (!count) return false;
    known = CountCache::Value{static_cast<std::uint32_t>(*count), sure ? 0 : static_cast<std::uint32_t>(*count)};
    own_.cache_.put(key, *known);
  }
  if (known->estimated != 0) result_.doubts.add(Doubt::kTools);
  result_.estimated += known->estimated;
  return add_framing(kDefinitions - (has_system_ ? kSystemSharesFraming : 0)) && add(known->tokens);
}

bool PromptWalk::choice(const PromptPiece& piece) {
  if (piece.form != PieceForm::kValue) {
    const std::string_view said = decoded(piece);
    if (said == "none") return add_framing(kNoTool);
    if (said != "auto") result_.doubts.add(Doubt::kTools);
    return true;
  }
  const std::string_view name = own_.tool_text_.chosen_name(bytes(piece));
  if (name.empty()) {
    if (!bytes(piece).contains("\"auto\"")) result_.doubts.add(Doubt::kTools);
    return true;
  }
  const auto count = tokens_of(name);
  if (!count) return false;
  return add_framing(*count + (piece.kind == PieceKind::kFunctionChoice ? kChosenFunction : kChosenTool));
}

void PromptWalk::media(const PromptPiece& piece) {
  if (piece.kind == PieceKind::kImage) return image(piece);
  const bool file = piece.kind == PieceKind::kFile;
  add_estimate(file ? file_tokens(piece.bytes.size()) : audio_tokens(piece.bytes.size()),
               file ? Doubt::kFiles : Doubt::kAudio);
}

void PromptWalk::image(const PromptPiece& piece) {
  std::string_view url = bytes(piece);
  if (piece.form == PieceForm::kEscaped) {
    own_.scratch_.clear();
    json::Unescaper(url).append_to(own_.scratch_, kImageHead);
    url = own_.scratch_;
  }
  const auto size = image_size_of_url(url);
  const bool low = piece.detail == llm::ImageDetail::kLow;
  const std::int64_t tokens = low ? low_detail_tokens(family_.images, size) : image_tokens(family_.images, size);
  const bool sized = size.has_value() || (low && family_.images.kind == ImageRule::Kind::kTiles);
  if (sized && family_.images.sure) {
    add(tokens);
  } else {
    add_estimate(tokens, Doubt::kImages);
  }
}

void PromptWalk::conclude() {
  const bool same = family_.framing_known && request_.protocol != llm::Protocol::kResponses &&
                    request_.protocol != llm::Protocol::kMessages;
  if (framing_ > 0 && !same) {
    result_.doubts.add(Doubt::kFraming);
    result_.estimated += framing_;
  }
  if (request_.prompt_elsewhere) result_.doubts.add(Doubt::kElsewhere);
  if (family_.encoding && counter_ != nullptr) return;
  result_.doubts.add(Doubt::kTokenizer);
  result_.estimated = result_.tokens;
}

std::string_view PromptWalk::decoded(const PromptPiece& piece) {
  if (piece.form != PieceForm::kEscaped) return bytes(piece);
  own_.scratch_.clear();
  json::unescape(bytes(piece), own_.scratch_);
  return own_.scratch_;
}

CountCache::Key PromptWalk::key(std::span<const PromptPiece> pieces, std::uint64_t salt) const {
  CountCache::Key key{.hash =
                          own_.seed_ + salt * 2 + static_cast<std::uint64_t>(family_.encoding == Encoding::kCl100k)};
  for (const PromptPiece& piece : pieces) {
    if (is_media(piece.kind)) continue;
    // Kind and form decide what the bytes mean.
    const auto means = static_cast<std::uint64_t>(piece.kind) << 2U | static_cast<std::uint64_t>(piece.form);
    key.hash = base::xxh3(bytes(piece), key.hash + (means << 48U));
    key.length += piece.bytes.size() + 1;
  }
  return key;
}

std::optional<std::int64_t> PromptWalk::tokens_of(std::string_view text) {
  if (counter_ == nullptr) {
    llm::TokenEstimate estimate;
    estimate.add(text);
    return estimate.tokens();
  }
  if (limit_ == kNoLimit) return static_cast<std::int64_t>(counter_->count(text));
  if (result_.tokens > limit_) return std::nullopt;
  const auto count = counter_->count_up_to(text, static_cast<std::size_t>(limit_ - result_.tokens));
  return count ? std::optional(static_cast<std::int64_t>(*count)) : std::nullopt;
}

PromptCounter::PromptCounter(const Vocabularies& vocabularies, std::uint64_t seed, std::size_t cached)
    : cache_(cached), seed_(seed) {
  if (vocabularies.o200k) o200k_.emplace(vocabularies.o200k);
  if (vocabularies.cl100k) cl100k_.emplace(vocabularies.cl100k);
}

PromptCount PromptCounter::count(const llm::ChatRequest& request, const Family& family) {
  PromptWalk walk(*this, request, family, kNoLimit);
  walk.run(nullptr);
  return walk.result();
}

std::optional<PromptCount> PromptCounter::count_up_to(const llm::ChatRequest& request, const Family& family,
                                                      std::int64_t limit) {
  PromptWalk walk(*this, request, family, limit);
  if (limit < 0 || !walk.run(nullptr)) return std::nullopt;
  return walk.result();
}

PromptCount PromptCounter::itemise(const llm::ChatRequest& request, const Family& family,
                                   std::vector<PromptItem>& items) {
  items.clear();
  PromptWalk walk(*this, request, family, kNoLimit);
  walk.run(&items);
  return walk.result();
}

std::uint64_t PromptCounter::steps() const {
  return (o200k_ ? o200k_->steps() : 0) + (cl100k_ ? cl100k_->steps() : 0);
}

bool proves_fit(const llm::ChatRequest& request, const Family& family, std::int64_t free_tokens) {
  if (request.prompt_elsewhere) return false;
  std::int64_t most = kAnswerBegins;
  bool has_tools = false;
  for (const PromptPiece& piece : request.prompt) {
    const auto bytes = static_cast<std::int64_t>(piece.bytes.size());
    switch (piece.kind) {
      case PieceKind::kFile:
      case PieceKind::kAudio:
        return false;
      case PieceKind::kImage:
        if (!family.images.sure) return false;
        most += most_image_tokens(family.images);
        break;
      case PieceKind::kMessage:
        most += kPerMessage + kPerRole + 1;  // a line end for the first of the system
        break;
      case PieceKind::kTool:
        has_tools = true;
        most += kToolTokensPerByte * bytes;
        break;
      default:
        most += bytes + kChosenTool;  // no overhead of a piece is larger
    }
  }
  if (has_tools) most += kToolFraming;
  // Of an unknown template we only assume that a message takes less than its JSON does.
  if (!family.framing_known) most += static_cast<std::int64_t>(request.body.size()) + kUnknownTemplate;
  return most <= free_tokens;
}

}  // namespace pointsman::tokens
