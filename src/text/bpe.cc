#include "text/bpe.h"

#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "text/utf8.h"

namespace pointsman::text {
namespace {

void repair(std::string_view broken, std::string& out) {
  out.clear();
  while (!broken.empty()) {
    const CodePoint c = read_code_point(broken);
    const bool whole = c.value != kReplacement || broken.starts_with("\xEF\xBF\xBD");
    out += whole ? broken.substr(0, c.length) : std::string_view("\xEF\xBF\xBD");
    broken.remove_prefix(c.length);
  }
}

// Counts, as far as the limit.
class Count {
 public:
  Count(std::size_t limit, std::size_t longest_token)
      : longest_token_(static_cast<std::int64_t>(longest_token)),
        room_(static_cast<std::int64_t>(std::min(limit, kUnlimited)) * longest_token_) {}

  // Whether `bytes` more may still stay within the limit: no token is longer than the longest.
  bool fits(std::size_t bytes) const { return static_cast<std::int64_t>(bytes) <= room_; }
  void add(std::uint32_t) { add(std::size_t{1}); }
  void add(const std::vector<std::uint32_t>& tokens) { add(tokens.size()); }
  // Of a piece whose tokens are not at hand, how many there are; false if that is not enough to know.
  bool add_known(std::uint32_t tokens) {
    add(std::size_t{tokens});
    return true;
  }

  // Room is never negative while the count is within the limit.
  bool is_within() const { return room_ >= 0; }
  std::size_t count() const { return count_; }

 private:
  static constexpr std::size_t kUnlimited = std::size_t{1} << 54;

  void add(std::size_t tokens) {
    count_ += tokens;
    room_ -= static_cast<std::int64_t>(tokens) * longest_token_;
  }

  std::int64_t longest_token_;
  std::int64_t room_;  // bytes that the tokens still allowed can hold
  std::size_t count_ = 0;
};

struct Ids {
  std::vector<std::uint32_t>& ids;

  bool fits(std::size_t) const { return true; }
  void add(std::uint32_t token) { ids.push_back(token); }
  void add(const std::vector<std::uint32_t>& tokens) { ids.insert(ids.end(), tokens.begin(), tokens.end()); }
  bool add_known(std::uint32_t) { return false; }
};

}  // namespace

TokenCounter::TokenCounter(std::shared_ptr<const BpeVocabulary> vocabulary) : vocabulary_(std::move(vocabulary)) {}

void TokenCounter::encode(std::string_view text, std::vector<std::uint32_t>& ids) {
  ids.clear();
  Ids sink{ids};
  run(text, sink);
}

std::size_t TokenCounter::count(std::string_view text) {
  Count sink(std::numeric_limits<std::size_t>::max(), vocabulary_->longest_token());
  run(text, sink);
  return sink.count();
}

std::optional<std::size_t> TokenCounter::count_up_to(std::string_view text, std::size_t limit) {
  Count sink(limit, vocabulary_->longest_token());
  // Repairing a text never shortens it.
  if (!sink.fits(text.size())) return std::nullopt;
  const bool is_all = run(text, sink);
  return is_all && sink.is_within() ? std::optional(sink.count()) : std::nullopt;
}

template <class Sink>
bool TokenCounter::run(std::string_view text, Sink& sink) {
  if (!simdjson::validate_utf8(text)) {
    repair(text, repaired_);
    text = repaired_;
  }
  if (vocabulary_->splitting() == Splitting::kO200k) {
    return for_each_piece<Splitting::kO200k>(text, sink);
  }
  return for_each_piece<Splitting::kCl100k>(text, sink);
}

template <Splitting splitting, class Sink>
bool TokenCounter::for_each_piece(std::string_view text, Sink& sink) {
  cache_.prepare();
  const char* const end = text.data() + text.size();
  for (const char *p = text.data(), *behind = p; p != end; p = behind) {
    if (!sink.fits(static_cast<std::size_t>(end - p))) return false;
    behind = piece_end<splitting>(p, end);
    const PieceCache::Key key = PieceCache::key_of(p, behind, end);
    const PieceCache::Found known = key ? cache_.find(key) : PieceCache::Found();
    if (known.count == 1) {
      sink.add(known.token);
    } else if (known.count == 0 || !sink.add_known(known.count)) {
      encode_piece({p, behind}, key, sink);
      continue;
    }
    ++steps_;
  }
  return true;
}

template <class Sink>
void TokenCounter::encode_piece(std::string_view piece, const PieceCache::Key& key, Sink& sink) {
  const ByteTrie::Match match = vocabulary_->longest(piece.data(), piece.data() + piece.size());
  if (match.length == piece.size()) {
    if (key) cache_.keep(key, {.token = match.value, .count = 1});
    sink.add(match.value);
    ++steps_;
    return;
  }
  merge(piece, match);
  if (key) cache_.keep(key, {.count = static_cast<std::uint32_t>(tokens_.size())});
  sink.add(tokens_);
}

// Exact merging without merging, as the `bpe` crate of github/rust-gems does it. An encoding is the right one exactly
// when each two tokens next to each other may stand side by side, and every beginning of a text has one right encoding.
// So: take the longest token that may follow the last; if none may, no encoding goes through this place: mark it dead,
// take the last token back and try the next shorter one. A place dies once, and is left by a token once, so the number
// of tokens tried is at most the number of places times the tokens that begin at one.
void TokenCounter::merge(std::string_view piece, ByteTrie::Match first) {
  const BpeVocabulary& vocabulary = *vocabulary_;
  const char* const end = piece.data() + piece.size();
  dead_.assign(piece.size() / 64 + 1, 0);
  tokens_.clear();
  std::size_t at = 0;
  std::uint32_t token = first.value;
  while (at != piece.size()) {
    ++steps_;
    if (token == BpeVocabulary::kNone) {
      if (tokens_.empty()) break;
      dead_[at / 64] |= std::uint64_t{1} << (at % 64);
      at -= vocabulary.length(tokens_.back());
      token = vocabulary.next_shorter(tokens_.back());
      tokens_.pop_back();
      continue;
    }
    const std::size_t behind = at + vocabulary.length(token);
    const bool is_dead = (dead_[behind / 64] >> (behind % 64) & 1U) != 0;
    if (is_dead || (!tokens_.empty() && !vocabulary.stand_side_by_side(tokens_.back(), token))) {
      token = vocabulary.next_shorter(token);
      continue;
    }
    tokens_.push_back(token);
    at = behind;
    if (at != piece.size()) token = vocabulary.longest(piece.data() + at, end).value;
  }
  if (at == piece.size()) return;
  // Only a packed vocabulary that pack_bpe() did not make comes here.
  for (const char& c : piece) tokens_.push_back(vocabulary.find({&c, 1}));
}

}  // namespace pointsman::text
