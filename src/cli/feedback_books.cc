#include "cli/feedback_books.h"

#include <algorithm>
#include <random>

#include "base/suggest.h"
#include "cli/decision_id.h"
#include "cli/feedback_lines.h"
#include "cli/text_format.h"
#include "config/policy.h"

namespace pointsman::cli {

using base::ErrorCode;
using base::Result;
using ledger::Entry;

std::optional<FeedbackBooks> FeedbackBooks::open(const LedgerChoice& choice, Context& context) {
  const ledger::BackendPtr backend = find_ledger(choice, context);
  if (!backend) return std::nullopt;
  FeedbackBooks books;
  auto reader = backend->reader();
  if (reader) {
    books.own_ledger_ = std::move(*reader);
    books.ledger_ = books.own_ledger_.get();
  } else if (reader.error().code() != ErrorCode::kNotFound) {
    context.fail(std::move(reader).error().in(backend->place()));
    return std::nullopt;
  }
  // Without a ledger and without feedback there is nothing to speak of, and no reason to make a directory.
  auto store = backend->feedback(books.ledger_ != nullptr ? ledger::Access::kWriting : ledger::Access::kReading);
  if (store && !books.ledger_) store = backend->feedback(ledger::Access::kWriting);
  if (!store && store.error().code() == ErrorCode::kNotFound) {
    context.fail("there is no ledger in " + backend->place() + "; " + std::string(kMakesALedger));
    return std::nullopt;
  }
  if (!store) {
    context.fail(store.error());
    return std::nullopt;
  }
  books.own_store_ = std::move(*store);
  books.store_ = books.own_store_.get();
  return books;
}

FeedbackBooks FeedbackBooks::over(ledger::FeedbackStore& store, ledger::Reader& ledger) {
  FeedbackBooks books;
  books.store_ = &store;
  books.ledger_ = &ledger;
  return books;
}

Result<std::optional<Entry>> FeedbackBooks::find(const base::Uuid& decision) {
  if (ledger_ != nullptr) {
    PM_TRY(std::optional<Entry> entry, ledger_->find(decision));
    if (entry) return entry;
  }
  return store_->sample(decision);
}

Result<Entry> FeedbackBooks::find(std::string_view id) {
  if (const auto whole = base::Uuid::parse(id)) {
    PM_TRY(std::optional<Entry> entry, find(*whole));
    if (entry) return std::move(*entry);
  }
  if (ledger_ != nullptr) return find_entry(*ledger_, id);
  return base::fail(ErrorCode::kNotFound, "there is no decision " + printable(id));
}

Result<const std::vector<std::string>*> FeedbackBooks::categories_of(const std::string& policy) {
  const auto [at, is_new] = categories_.try_emplace(policy);
  if (!is_new || ledger_ == nullptr) return &at->second;
  PM_TRY(const std::optional<std::string> document, ledger_->policy(policy));
  if (!document) return &at->second;
  PM_TRY(const config::Policy read, config::read_policy(*document));
  for (const config::PolicyCategory& one : read.categories) at->second.push_back(one.name);
  return &at->second;
}

Result<const std::string*> FeedbackBooks::newest_policy() {
  if (newest_) return &*newest_;
  newest_.emplace();
  if (ledger_ == nullptr) return &*newest_;
  ledger::Filter latest;
  latest.limit = 1;
  PM_CHECK(ledger_->scan(latest, [this](const Entry& entry) {
    newest_ = entry.policy_version;
    return false;
  }));
  return &*newest_;
}

Result<std::vector<std::string>> FeedbackBooks::categories_now() {
  PM_TRY(const std::string* newest, newest_policy());
  PM_TRY(const std::vector<std::string>* now, categories_of(*newest));
  return *now;
}

Result<std::vector<std::string>> FeedbackBooks::categories_then(const Entry& entry) {
  PM_TRY(const std::vector<std::string>* then, categories_of(entry.policy_version));
  return *then;
}

Result<std::vector<std::string>> FeedbackBooks::categories(const Entry& entry) {
  PM_TRY(std::vector<std::string> all, categories_now());
  PM_TRY(const std::vector<std::string>* then, categories_of(entry.policy_version));
  for (const std::string& one : *then) {
    if (std::ranges::find(all, one) == all.end()) all.push_back(one);
  }
  return all;
}

Result<std::string> FeedbackBooks::wrong_category(const Entry& entry, const std::string& category) {
  PM_TRY(const std::vector<std::string> known, categories(entry));
  if (known.empty() || std::ranges::find(known, category) != known.end()) return std::string();
  std::string wrong = "there is no category '" + printable(category) + "'";
  const auto near = base::nearest_names(category, known, 1);
  if (!near.empty()) return wrong + "; did you mean '" + printable(near.front()) + "'?";
  wrong += "; there are";
  for (std::size_t i = 0; i < known.size(); ++i) wrong += (i == 0 ? " " : ", ") + printable(known[i]);
  return wrong;
}

base::UuidGenerator feedback_ids() {
  std::random_device source;
  return base::UuidGenerator((std::uint64_t{source()} << 32) | source());
}

Result<std::string> annotator(const std::string& who, const Context& context) {
  const std::string name = who.empty() ? context.environment("USER").value_or("") : who;
  const std::string wrong = wrong_name(name, ledger::Feedback::kMaxWho);
  if (wrong.empty()) return name;
  if (who.empty())
    return base::fail(ErrorCode::kInvalidArgument, "say who you are with --who NAME ($USER " + wrong + ")");
  return base::fail(ErrorCode::kInvalidArgument, "the name that --who gives " + wrong);
}

}  // namespace pointsman::cli
