// docs/costs.md shows what the commands say about a fixed ledger, to the character. POINTSMAN_UPDATE_DOCS=1 writes it
// anew.
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/ledger_on_disk.h"

namespace pointsman::cli {
namespace {

constexpr std::string_view kFence = "```\n";

// Puts `text` into the block that follows the comment of that name; empty if there is none.
std::string with_block(const std::string& document, const std::string& name, const std::string& text) {
  const std::string mark = "<!-- " + name + " -->\n" + std::string(kFence);
  const std::size_t begin = document.find(mark);
  const std::size_t end = begin == std::string::npos ? begin : document.find(kFence, begin + mark.size());
  if (end == std::string::npos) return "";
  return document.substr(0, begin + mark.size()) + text + document.substr(end);
}

class CostsDocument : public test::LedgerOnDisk {
 protected:
  CostsDocument() {
    config::Policy policy = test::two_categories();
    policy.models[0].prices = {.input = price("0.2"), .cached_input = price("0.02"), .output = price("1.2")};
    policy.models[1].prices = {.input = price("2"),
                               .cached_input = price("0.2"),
                               .output = price("10"),
                               .cache_write = price("2.5"),
                               .long_cache_write = price("4")};
    policy.models[2].prices = {.input = price("5"),
                               .cached_input = price("0.5"),
                               .output = price("25"),
                               .cache_write = price("6.25"),
                               .long_cache_write = price("10")};
    document_ = config::policy_document(policy);
    version_ = config::policy_version(document_);
  }
  static base::TokenPrice price(const char* dollars) {
    return base::TokenPrice::per_million(*base::Money::parse(dollars));
  }

  // An answer of the small model was not good enough, and the next model's was released; a still smaller one had been
  // asked what the request is about.
  ledger::Entry invoiced() {
    ledger::Entry entry = chat_entry(60);
    entry.conversation = 1;
    entry.usage = {.input_tokens = 12'000,
                   .cached_input_tokens = 8'000,
                   .output_tokens = 900,
                   .reasoning_tokens = 400,
                   .cache_write_tokens = 3'000,
                   .long_cache_write_tokens = 1'000};
    entry.attempts = {{.model = "small",
                       .provider = "p",
                       .status = 200,
                       .judged = {.worth = "unsure", .discarded = true, .cost = base::Money{3'480'000}}},
                      {.model = "tools", .provider = "p", .status = 200}};
    entry.consultation = {.outcome = "used", .model = "tiny", .cost = base::Money{21'000}};
    entry.cost = base::Money{21'600'000 + 3'480'000};
    entry.bill.expected = base::Money{29'000'000};
    entry.bill.baseline = "large";
    entry.baseline_cost = base::Money{54'000'000};
    return entry;
  }
  // With the entry above, three conversations of two routes, one request of unknown cost and one answer given again.
  std::vector<ledger::Entry> traffic() {
    std::vector<ledger::Entry> all = {invoiced()};
    for (int i = 0; i < 6; ++i) {
      ledger::Entry one = chat_entry(50 - i);
      one.conversation = static_cast<std::uint64_t>(i / 2 + 1);
      one.category = i < 4 ? "chat" : "sums";
      one.bill.baseline = i < 4 ? "large" : "tools";
      one.cost = base::Money{1'000'000 + i * 300'000};
      one.baseline_cost = base::Money{i < 4 ? 25'000'000 : 1'900'000};
      all.push_back(std::move(one));
    }
    all[1].cost.reset();
    all[2].bill.replayed = all[0].id.to_string();
    all[2].cost = base::Money{};
    return all;
  }
};

TEST_F(CostsDocument, ShowsWhatTheCommandsSay) {
  const auto entries = traffic();
  keep(entries);
  const test::Ran explained = run("explain", {entries[0].id.to_string()});
  const std::size_t bill = explained.out.find("\nbill\n");
  ASSERT_NE(bill, std::string::npos) << explained.out << explained.err;
  const std::size_t end = explained.out.find("\n\n", bill + 1);
  const std::string invoice = explained.out.substr(bill + 1, end == std::string::npos ? end : end - bill);
  EXPECT_NE(invoice.find("prompt, written for an hour"), std::string::npos) << "the parts do not add up:\n" << invoice;

  const std::string file = std::string(POINTSMAN_SOURCE_DIR) + "/docs/costs.md";
  const std::string document = test::get(file);
  std::string fresh = with_block(document, "explain", invoice);
  fresh = with_block(fresh, "savings", run("savings", {"--since", "1h"}).out);
  ASSERT_FALSE(fresh.empty()) << "a block is missing";
  if (std::getenv("POINTSMAN_UPDATE_DOCS") != nullptr) test::put(file, fresh);
  EXPECT_EQ(test::get(file), fresh) << "run cli_test with POINTSMAN_UPDATE_DOCS=1";
}

}  // namespace
}  // namespace pointsman::cli
