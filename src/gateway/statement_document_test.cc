// docs/keys.md shows how a budget goes, line by line: what the functions that the gateway uses say, to the character.
// POINTSMAN_UPDATE_DOCS=1 writes it anew.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "gateway/bill.h"
#include "gateway/holds.h"
#include "limits/quota_tree.h"
#include "route/cost.h"

namespace pointsman::gateway {
namespace {

constexpr base::WallTime kNow{std::chrono::seconds(1'760'000'000)};
constexpr base::MonoTime kMono{};

class Statement {
 public:
  Statement() : tree_(make_tree()), node_(*tree_.find("acme")) {
    model_.prices.input = price("2");
    model_.prices.cached_input = price("0.2");
    model_.prices.output = price("10");
  }

  std::string text() {
    out_ = fmt::format("{:<26}{:>12}{:>13}{:>13}{:>13}\n", "", "needs", "spent", "reserved", "left");
    EXPECT_TRUE(tree_.restore("acme", limits::Period::kMonth, tree_.missing_spend(kNow)[0].span.begin, 8'000'000, 0));
    line("before", "");
    const auto first = ask("a request arrives");
    EXPECT_TRUE(first);
    EXPECT_FALSE(ask("a second one, alike"));
    if (first) settle(*first, {.input_tokens = 1187, .cached_input_tokens = 400, .output_tokens = 210});
    line("the first has ended", "");
    const auto second = ask("the second again");
    EXPECT_TRUE(second);
    if (second) settle(*second, {});
    line("its client leaves", "");
    return out_;
  }

 private:
  static base::TokenPrice price(const char* dollars) {
    return base::TokenPrice::per_million(*base::Money::parse(dollars));
  }
  static limits::QuotaTree make_tree() {
    limits::QuotaDefinition definition;
    definition.nodes.push_back(
        {.name = "acme", .limits = {.budgets = {{.period = limits::Period::kMonth, .nanos = 20'000'000}}}});
    return std::move(*limits::QuotaTree::create(definition, {}, kNow, kMono));
  }
  static std::string dollars(std::int64_t nanos) { return "$" + base::Money{nanos}.to_string(); }

  std::optional<limits::ReservationId> ask(std::string_view what) {
    const auto most = route::worst_case(1200, 500, model_.prices);
    EXPECT_TRUE(most);
    const limits::Demand demand{.nanos = most.value_or(base::Money{}).nanos, .tokens = 1700};
    const auto got = tree_.admit(node_, demand, kNow, kMono);
    line(got ? std::string(what) : std::string(what) + ": 429", dollars(demand.nanos.value_or(0)));
    return got ? std::optional(*got) : std::nullopt;
  }
  void settle(limits::ReservationId id, const llm::Usage& usage) {
    tree_.settle(id, actual_of(usage, cost_with(model_, request_, usage)), kMono);
  }
  void line(const std::string& what, const std::string& needs) {
    const auto report = tree_.report(kNow);
    const limits::SpendReport& money = report.at(0).current.at(0).money;
    out_ += fmt::format("{:<26}{:>12}{:>13}{:>13}{:>13}\n", what, needs, dollars(money.spent), dollars(money.reserved),
                        dollars(money.maximum.value_or(0) - money.spent - money.reserved));
  }

  limits::QuotaTree tree_;
  limits::NodeRef node_;
  route::Model model_;
  llm::ChatRequest request_;
  std::string out_;
};

TEST(StatementDocument, ShowsWhatABudgetDoes) {
  const std::string file = std::string(POINTSMAN_SOURCE_DIR) + "/docs/keys.md";
  std::ifstream in(file);
  const std::string document{std::istreambuf_iterator<char>(in), {}};
  const std::string mark = "<!-- statement -->\n```\n";
  const std::size_t begin = document.find(mark);
  ASSERT_NE(begin, std::string::npos);
  const std::size_t end = document.find("```\n", begin + mark.size());
  const std::string fresh = document.substr(0, begin + mark.size()) + Statement().text() + document.substr(end);
  if (std::getenv("POINTSMAN_UPDATE_DOCS") != nullptr) std::ofstream(file) << fresh;
  EXPECT_EQ(document, fresh) << "run gateway_test with POINTSMAN_UPDATE_DOCS=1";
}

}  // namespace
}  // namespace pointsman::gateway
