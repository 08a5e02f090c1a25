// One request at the cache of answers: whether its answer is there, and under what a new one is kept.
//
// Part of a request whose category has a cache_ttl, on its loop; made only there, so that nobody else pays for it. The
// request's content is hashed once, when it is first needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "answers/response_cache.h"
#include "gateway/access.h"
#include "gateway/shared_answers.h"
#include "gateway/snapshot.h"
#include "http/head.h"
#include "json/document.h"
#include "llm/chat_request.h"

namespace pointsman::gateway {

// What an answer was made under, for ResponseCache::keep_only().
std::uint64_t cache_mark(const Snapshot& snapshot);

class CacheVisit {
 public:
  enum class Result : std::uint8_t {
    kNone,  // nothing was looked up yet
    kHit,
    kMiss,
    kBypass,  // the cache was not asked: the client did not want that, or no stored answer can stand for this one
  };
  // All outlive it; `document` is in use for the length of a call only.
  struct Visitor {
    answers::ResponseCache& cache;
    const Snapshot& snapshot;
    const Caller& caller;
    const http::RequestHead& head;
    const llm::ChatRequest& request;
    json::Document& document;
    SharedAnswers* replicas = nullptr;     // null: answers are not shared
    std::string_view shared_version = {};  // of the snapshot's configuration
  };

  explicit CacheVisit(const Visitor& visitor);

  // Whether the answer would be there if that were decided; counts as no use, and settles nothing.
  bool would_hit(std::size_t category, route::ModelIndex model, base::MonoTime now);
  // `model` is the one that would be asked first.
  Result look_up(std::size_t category, route::ModelIndex model, base::MonoTime now);
  // After a miss: under what other replicas may have it, where asking them makes sense now.
  std::optional<answers::AnswerKey> key_of_replicas() const;
  // What they had. Given, and kept for the rest of its time, as if it had been found here.
  Result take_over(SharedAnswer shared, base::MonoTime now);
  // No stored answer can stand for this one, for a reason that only the caller knows.
  void bypass() { result_ = Result::kBypass; }
  bool hit() const { return result_ == Result::kHit; }

  Result result() const { return result_; }
  // After a hit.
  const answers::FoundAnswer& found() const { return *found_; }
  // Whether an answer of that model may be kept under what was looked up.
  bool keeps() const { return key_.has_value(); }
  route::ModelIndex model() const { return model_; }
  // Keeps the answer for as long as the category says, here and where other replicas find it. False: it was too large.
  bool keep(answers::KeptAnswer answer, base::MonoTime now);

 private:
  std::optional<answers::AnswerKey> key_for(std::size_t category, route::ModelIndex model);
  answers::AnswerKey key_under(std::string_view config_version, std::size_t category, route::ModelIndex model) const;
  bool may_be_given(const answers::FoundAnswer& found) const;
  bool is_known(const answers::KeptAnswer& answer) const;

  Visitor by_;
  bool no_cache_ = false;
  bool no_store_ = false;
  std::optional<base::Duration> max_age_;
  std::string fields_;
  bool hashed_ = false;
  std::optional<base::Sha256> content_;  // nothing: no stored answer can stand for what is asked
  Result result_ = Result::kNone;
  std::optional<answers::FoundAnswer> found_;
  std::optional<answers::AnswerKey> key_;
  std::size_t category_ = 0;
  route::ModelIndex model_ = 0;
};
std::string_view to_string(CacheVisit::Result result);  // "", "hit", "miss", "bypass"

}  // namespace pointsman::gateway
