#include "answers/canonical_request.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace pointsman::answers {
namespace {

// What a member of the request itself means for storing its answer. Members that are not listed count as they are.
enum class Effect : std::uint8_t {
  kNone,       // the answer is the same without it
  kOffIsNone,  // false or null are the same as leaving it out; else it counts
  kBars,       // no stored answer can stand for it; null, false and an empty list are the same as leaving it out
};

struct Rule {
  std::string_view name;
  Effect effect;
};

// `metadata` acts only together with `store`. Tools: what they lead to is done again each time.
constexpr Rule kChat[] = {
    {"stream", Effect::kOffIsNone},
    {"user", Effect::kNone},
    {"safety_identifier", Effect::kNone},
    {"prompt_cache_key", Effect::kNone},
    {"prompt_cache_retention", Effect::kNone},
    {"metadata", Effect::kNone},
    {"store", Effect::kBars},
    {"tools", Effect::kBars},
    {"functions", Effect::kBars},
    {"web_search_options", Effect::kBars},
    {"audio", Effect::kBars},
};

// Here `user`, `metadata` and their like come back in the answer, and `store` decides whether one can go on from it:
// all of them count.
constexpr Rule kResponses[] = {
    {"stream", Effect::kOffIsNone},          {"tools", Effect::kBars},
    {"background", Effect::kBars},           {"conversation", Effect::kBars},
    {"previous_response_id", Effect::kBars}, {"prompt", Effect::kBars},
};

constexpr Rule kMessages[] = {
    {"stream", Effect::kOffIsNone}, {"metadata", Effect::kNone},  // the end user's name, and nothing else
    {"tools", Effect::kBars},       {"mcp_servers", Effect::kBars}, {"container", Effect::kBars},
};

std::optional<std::span<const Rule>> rules_of(llm::Protocol protocol) {
  switch (protocol) {
    case llm::Protocol::kChatCompletions:
      return kChat;
    case llm::Protocol::kResponses:
      return kResponses;
    case llm::Protocol::kMessages:
      return kMessages;
    case llm::Protocol::kLegacyCompletions:
    case llm::Protocol::kEmbeddings:
      return std::nullopt;
  }
  return std::nullopt;
}

// Writes values so that none is a beginning of another: a tag, and where it needs one a length.
class Canonical {
 public:
  Canonical(std::string_view body, std::span<const Rule> rules, json::Cursor cursor)
      : body_(body), rules_(rules), cursor_(cursor) {}

  std::optional<std::string> request() {
    if (cursor_.peek() != '{') return std::nullopt;
    object(Place::kRequest);
    if (refused_ || !cursor_.finished()) return std::nullopt;
    return std::move(out_);
  }

 private:
  enum class Place : std::uint8_t { kRequest, kWithin };
  // A member in out_: its name, and all of it.
  struct Member {
    std::size_t begin;
    std::size_t name_end;
    std::size_t end;
  };

  void text(char tag, std::string_view bytes) {
    out_ += tag;
    const std::uint64_t size = bytes.size();
    char length[sizeof size];
    std::memcpy(length, &size, sizeof size);
    out_.append(length, sizeof length);
    out_ += bytes;
  }

  // A surrogate without its partner stands for no character: such a text counts as it is spelled.
  void string(const json::RawString& from) {
    if (from.escapes == json::Escapes::kNone) return text('s', from.raw);
    decoded_.clear();
    json::unescape(from.raw, decoded_);
    const bool odd = from.escapes == json::Escapes::kUnicode && decoded_.contains("\xEF\xBF\xBD");
    text(odd ? 'r' : 's', odd ? from.raw : std::string_view(decoded_));
  }

  std::string_view name_of(const Member& one) const {
    return std::string_view(out_).substr(one.begin, one.name_end - one.begin);
  }

  // Whether the member that comes is part of the form; one that is not is consumed.
  bool counts() {
    const auto rule = std::ranges::find_if(rules_, [this](const Rule& one) { return cursor_.key_is(one.name); });
    if (rule == rules_.end()) return true;
    const std::uint32_t bit = std::uint32_t{1} << (rule - rules_.begin());
    if ((seen_ & bit) != 0) refused_ = true;
    seen_ |= bit;
    const json::Cursor::Mark value = cursor_.mark();
    bool on = false;
    const bool off = cursor_.skip_if_null() || (cursor_.read_bool(on) && !on);
    if (rule->effect == Effect::kBars && !off && !is_empty_list(value)) refused_ = true;
    cursor_.seek(value);
    if (rule->effect == Effect::kOffIsNone && !off) return true;
    cursor_.skip();
    return false;
  }

  bool is_empty_list(json::Cursor::Mark value) {
    cursor_.seek(value);
    return cursor_.peek() == '[' && !cursor_.enter_array();
  }

  void object(Place place) {
    const std::size_t first = members_.size();
    out_ += '{';
    const std::size_t begin = out_.size();
    for (bool more = cursor_.enter_object(); more && !refused_; more = cursor_.next_member()) {
      const json::RawString name = cursor_.key();
      if (place == Place::kRequest && !counts()) continue;
      Member member{.begin = out_.size(), .name_end = 0, .end = 0};
      string(name);
      member.name_end = out_.size();
      value();
      member.end = out_.size();
      members_.push_back(member);
    }
    sort(first, begin);
    members_.resize(first);
    out_ += '}';
  }

  // By name, whatever order they came in.
  void sort(std::size_t first, std::size_t begin) {
    const std::span<Member> all(members_.begin() + static_cast<std::ptrdiff_t>(first), members_.end());
    const auto by_name = [this](const Member& a, const Member& b) { return name_of(a) < name_of(b); };
    const bool sorted = std::ranges::is_sorted(all, by_name);
    if (!sorted) std::ranges::sort(all, by_name);
    const auto same = [this](const Member& a, const Member& b) { return name_of(a) == name_of(b); };
    refused_ = refused_ || std::ranges::adjacent_find(all, same) != all.end();
    if (sorted || refused_) return;
    ordered_.clear();
    for (const Member& one : all) ordered_.append(out_, one.begin, one.end - one.begin);
    out_.replace(begin, out_.size() - begin, ordered_);
  }

  void array() {
    out_ += '[';
    for (bool more = cursor_.enter_array(); more && !refused_; more = cursor_.next_element()) value();
    out_ += ']';
  }

  // Recursion is bounded: the cursor refuses what is deeper than json::kMaxDepth.
  void value() {
    json::RawString read;
    if (cursor_.peek() == '{') return object(Place::kWithin);
    if (cursor_.peek() == '[') return array();
    if (cursor_.read_string(read)) return string(read);
    const std::size_t begin = cursor_.offset();
    cursor_.skip();
    if (!cursor_.failed()) text('v', body_.substr(begin, cursor_.last_end() - begin));
  }

  std::string_view body_;
  std::span<const Rule> rules_;
  json::Cursor cursor_;
  std::string out_;
  std::string decoded_;
  std::string ordered_;
  std::vector<Member> members_;  // of all objects that are open
  std::uint32_t seen_ = 0;       // rules whose members came
  bool refused_ = false;
};

}  // namespace

std::optional<std::string> canonical_request(llm::Protocol protocol, std::string_view body, json::Document& document) {
  const auto rules = rules_of(protocol);
  if (!rules || body.size() > kLongestRequest || !document.open(body)) return std::nullopt;
  auto out = Canonical(body, *rules, document.root()).request();
  document.close();
  return out;
}

}  // namespace pointsman::answers
