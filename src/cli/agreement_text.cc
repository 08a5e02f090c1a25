#include "cli/agreement_text.h"

#include "cli/table.h"
#include "cli/text_format.h"
#include "learn/agreement.h"

namespace pointsman::cli {
namespace {

std::string shown(const std::optional<learn::Kappa>& kappa) {
  return kappa ? fmt::format("{:.2f} ({:.2f} to {:.2f})", kappa->value, kappa->low, kappa->high) : "unknown";
}

std::string shown(const learn::Share& share) {
  return fmt::format("{} of {}", share.hits, share.of);
}

}  // namespace

void print_agreement(FeedbackBooks& books, Context& context) {
  std::vector<learn::SaidLabel> labels;
  const auto done = books.store().scan([&](const ledger::Feedback& feedback, const ledger::Entry& about) {
    if (feedback.signal == ledger::Signal::kNone && feedback.labels() && !feedback.who.empty()) {
      labels.push_back({feedback.who, about.id.to_string(), feedback.category});
    }
    return true;
  });
  if (!done) return context.fail(done.error());
  const learn::AgreementReport report = learn::measure_agreement(labels);
  if (report.items == 0) {
    return context.err.write(
        "nothing was labelled by two people; `pointsman label --again` shows what others labelled\n");
  }
  Table table({{"first"}, {"second"}, {"the same"}, {"Cohen's kappa (95 %)"}});
  for (const learn::PairAgreement& pair : report.pairs) {
    table.add({printable(pair.first, 32), printable(pair.second, 32), shown(pair.same), shown(pair.kappa)});
  }
  table.add({"all", "", shown(report.same), shown(report.overall)});
  table.print(context.out);
  context.out.print("{} labelled by more than one person\n", count_of(report.items, "decision was", "decisions were"));
}

}  // namespace pointsman::cli
