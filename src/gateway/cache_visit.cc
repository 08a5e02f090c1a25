#include "gateway/cache_visit.h"

#include <array>
#include <map>
#include <utility>

#include "answers/canonical_request.h"
#include "base/hash.h"
#include "gateway/cache_directives.h"

namespace pointsman::gateway {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

// The client's fields that choose versions and features of a provider's API. Others reach it, too, but tell it about
// the client.
std::string fields_of_api(const http::FieldList& fields) {
  std::multimap<std::string, std::string_view> by_name;  // those of one name stay in their order
  for (const http::Field& field : fields) {
    std::string name = lower(field.name);
    if (name.starts_with("anthropic-") || name.starts_with("openai-")) by_name.emplace(std::move(name), field.value);
  }
  std::string out;
  for (const auto& [name, value] : by_name) out.append(name).append(":").append(value).append("\n");
  return out;
}

answers::Holder holder_of(const Caller& caller) {
  if (caller.key == nullptr) return answers::Holder::kEverybody;
  return caller.key->owner.empty() ? answers::Holder::kKey : answers::Holder::kOwner;
}

}  // namespace

std::uint64_t cache_mark(const Snapshot& snapshot) {
  return base::xxh3(snapshot.config.version, base::xxh3(snapshot.policy_version));
}

std::string_view to_string(CacheVisit::Result result) {
  constexpr std::array<std::string_view, 4> kNames = {"", "hit", "miss", "bypass"};
  return kNames[static_cast<std::size_t>(result)];
}

CacheVisit::CacheVisit(const Visitor& visitor) : by_(visitor) {
  const CacheDirectives said = cache_directives(by_.head.fields);
  no_cache_ = said.no_cache;
  no_store_ = said.no_store;
  max_age_ = said.max_age;
}

// Patch events are made for one client and one time.
std::optional<answers::AnswerKey> CacheVisit::key_for(std::size_t category, route::ModelIndex model) {
  if (!hashed_) {
    hashed_ = true;
    const bool patches = by_.head.find("x-pointsman-partial").has_value();
    const auto form =
        patches ? std::nullopt : answers::canonical_request(by_.request.protocol, by_.request.body, by_.document);
    if (form) content_ = base::sha256(*form);
    fields_ = fields_of_api(by_.head.fields);
  }
  if (!content_) return std::nullopt;
  return key_under(by_.snapshot.config.version, category, model);
}

answers::AnswerKey CacheVisit::key_under(std::string_view config_version, std::size_t category,
                                         route::ModelIndex model) const {
  const answers::Holder holder = holder_of(by_.caller);
  const std::string whose = holder == answers::Holder::kKey ? by_.caller.key->key.to_string() : std::string();
  return answers::key_of({.content = *content_,
                          .protocol = by_.request.protocol,
                          .stream = by_.request.stream,
                          .path = by_.head.path,
                          .fields = fields_,
                          .holder = holder,
                          .holder_name = holder == answers::Holder::kOwner ? by_.caller.key->owner : whose,
                          .category = by_.snapshot.policy.categories[category].name,
                          .model = by_.snapshot.market.model(model).name,
                          .policy_version = by_.snapshot.policy_version,
                          .config_version = config_version});
}

// The owner's other keys may have been allowed other models.
bool CacheVisit::may_be_given(const answers::FoundAnswer& found) const {
  if (max_age_ && found.age > *max_age_) return false;
  return by_.caller.key == nullptr || by_.caller.may_use(found.answer->model);
}

bool CacheVisit::would_hit(std::size_t category, route::ModelIndex model, base::MonoTime now) {
  if (no_store_ || no_cache_ || !by_.snapshot.config.categories[category].cache_ttl) return false;
  const auto key = key_for(category, model);
  return key && by_.cache.contains(*key, now);
}

CacheVisit::Result CacheVisit::look_up(std::size_t category, route::ModelIndex model, base::MonoTime now) {
  result_ = Result::kBypass;
  if (no_store_) return result_;
  key_ = key_for(category, model);
  if (!key_) return result_;
  category_ = category;
  model_ = model;
  if (no_cache_) return result_;
  found_ = by_.cache.find(*key_, now);
  if (found_ && !may_be_given(*found_)) found_.reset();
  return result_ = found_ ? Result::kHit : Result::kMiss;
}

std::optional<answers::AnswerKey> CacheVisit::key_of_replicas() const {
  if (result_ != Result::kMiss || by_.replicas == nullptr || !by_.replicas->ready()) return std::nullopt;
  return key_under(by_.shared_version, category_, model_);
}

// Whoever kept it had the same configuration, so anything else is none of theirs.
bool CacheVisit::is_known(const answers::KeptAnswer& answer) const {
  const int model = by_.snapshot.find_model(answer.model);
  return answer.stream == by_.request.stream && model >= 0 &&
         by_.snapshot.market.model(static_cast<route::ModelIndex>(model)).provider == answer.provider;
}

CacheVisit::Result CacheVisit::take_over(SharedAnswer shared, base::MonoTime now) {
  const auto time_to_live = by_.snapshot.config.categories[category_].cache_ttl;
  if (!key_ || !time_to_live || shared.age >= *time_to_live || !is_known(shared.answer)) return result_;
  shared.answer.snapshot = cache_mark(by_.snapshot);
  found_ = {std::make_shared<const answers::KeptAnswer>(std::move(shared.answer)), shared.age};
  (void)by_.cache.put(*key_, found_->answer, now - shared.age, *time_to_live);
  if (!may_be_given(*found_)) found_.reset();
  return result_ = found_ ? Result::kHit : Result::kMiss;
}

bool CacheVisit::keep(answers::KeptAnswer answer, base::MonoTime now) {
  answer.snapshot = cache_mark(by_.snapshot);
  const auto time_to_live = by_.snapshot.config.categories[category_].cache_ttl;
  if (!key_ || !time_to_live) return false;
  const auto kept = std::make_shared<const answers::KeptAnswer>(std::move(answer));
  if (!by_.cache.put(*key_, kept, now, *time_to_live)) return false;
  if (by_.replicas != nullptr && by_.replicas->ready()) {
    by_.replicas->keep(key_under(by_.shared_version, category_, model_), kept, *time_to_live);
  }
  return true;
}

}  // namespace pointsman::gateway
