#include "cli/labelling.h"

#include <utility>

namespace pointsman::cli {

using base::Result;
using learn::LabelEffect;
using learn::LabelKey;

Labelling::Labelling(FeedbackBooks& books, const base::Clock& clock, LabelBatch batch, std::string who, bool golden)
    : books_(books),
      clock_(clock),
      categories_(std::move(batch.categories)),
      picks_(std::move(batch.picks)),
      who_(std::move(who)),
      golden_(golden),
      ids_(feedback_ids()),
      session_(categories_) {}

Labelling::~Labelling() {
  // A lease that cannot be given back ends by itself.
  for (std::size_t i = at(); i < items_.size(); ++i) static_cast<void>(release(i));
}

Result<void> Labelling::begin() {
  std::vector<learn::LabelItem> shown;
  for (LabelPick& pick : std::exchange(picks_, {})) {
    PM_TRY(learn::LabelItem item, label_item(pick, categories_, books_));
    items_.push_back({.pick = std::move(pick)});
    PM_TRY(const bool free, lease(items_.size() - 1));
    if (free) {
      shown.push_back(std::move(item));
    } else {
      items_.pop_back();
      ++taken_;
    }
  }
  session_.add(std::move(shown));
  return {};
}

Result<bool> Labelling::lease(std::size_t item) {
  const base::WallTime now = clock_.wall();
  PM_TRY(const bool granted, books_.store().lease(items_[item].pick.entry.id, who_, now, now + kLease));
  if (granted) items_[item].leased_until = now + kLease;
  return granted;
}

Result<void> Labelling::release(std::size_t item) {
  return books_.store().release(items_[item].pick.entry.id, who_);
}

Result<bool> Labelling::press(const LabelKey& key) {
  PM_TRY(const bool passed, pass_taken());
  if (passed) return false;  // the key was meant for what is gone
  const LabelEffect effect = session_.press(key);
  switch (effect.kind) {
    case LabelEffect::Kind::kNothing:
      return false;
    case LabelEffect::Kind::kQuit:
      return true;
    case LabelEffect::Kind::kLabelled:
      PM_CHECK(label(effect.item, effect.category));
      break;
    case LabelEffect::Kind::kSkipped:
      PM_CHECK(release(effect.item));
      break;
    case LabelEffect::Kind::kUndone:
      PM_CHECK(take_back(effect.item));
      break;
  }
  return false;
}

Result<bool> Labelling::pass_taken() {
  bool passed = false;
  while (!session_.done()) {
    if (clock_.wall() < items_[at()].leased_until) return passed;
    PM_TRY(const bool granted, lease(at()));
    if (granted) return passed;
    ++taken_;
    passed = true;
    session_.press({.kind = LabelKey::Kind::kEscape});  // out of help or a search
    session_.press({.character = U's'});
  }
  return passed;
}

Result<void> Labelling::label(std::size_t item, std::size_t category) {
  Item& one = items_[item];
  ledger::Feedback said;
  said.id = ids_.next(clock_.wall());
  said.decision = one.pick.entry.id;
  said.who = who_;
  said.no_category = category >= categories_.size();
  if (!said.no_category) said.category = categories_[category];
  said.golden = golden_;
  said.slice = one.pick.slice;
  PM_TRY(const ledger::Receipt receipt, books_.store().add(said, one.pick.entry));
  one.feedback = receipt.id;
  return release(item);
}

Result<void> Labelling::take_back(std::size_t item) {
  Item& one = items_[item];
  if (one.feedback) {
    PM_TRY([[maybe_unused]] const bool found, books_.store().retract(*one.feedback));
    one.feedback.reset();
  }
  one.leased_until = {};  // pass_taken() asks for it again
  return {};
}

}  // namespace pointsman::cli
