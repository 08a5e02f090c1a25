#include "config/schema_sections.h"

#include <array>

#include "config/schema_bind.h"

namespace pointsman::config {
namespace {

using bind::nested;
using bind::value;
using Names = std::string_view;

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kTokens = 1'000'000'000'000;

constexpr std::array<Names, 3> kContextPolicies = {"largest", "reject", "trim"};
constexpr std::array<Names, 3> kAffinities = {"price", "always", "off"};
constexpr std::array<Names, 2> kOnCaps = {"best_guess", "reject"};
constexpr std::array<Names, 3> kKeyUses = {"auto", "required", "off"};
constexpr std::array<Names, 2> kUnknownPrices = {"reject", "allow"};
constexpr std::array<Names, 4> kPeriods = {"day", "week", "month", "total"};
constexpr std::array<Names, 2> kOnBudgets = {"reject", "downgrade"};

constexpr std::array kTierKeys = {
    value<Type::kInteger, &route::PriceTier::above>("above", "", "It holds for prompts of more tokens than this.")
        .between(1, kTokens)
        .must(),
    value<Type::kPrice, &route::Rates::input, route::PriceTier>("input", "", "Dollars per million prompt tokens.")
        .must(),
    value<Type::kPrice, &route::Rates::cached_input, route::PriceTier>("cached_input", "",
                                                                       "The same for tokens the provider had cached."),
    value<Type::kPrice, &route::Rates::output, route::PriceTier>("output", "",
                                                                 "Dollars per million tokens of the answer.")
        .must(),
    value<Type::kPrice, &route::Rates::cache_write, route::PriceTier>("cache_write", "",
                                                                      "For prompt tokens written to its cache."),
    value<Type::kPrice, &route::Rates::long_cache_write, route::PriceTier>("long_cache_write", "",
                                                                           "For those it keeps for an hour."),
    value<Type::kPrice, &route::Rates::reasoning, route::PriceTier>("reasoning", "(output)", "For reasoning tokens."),
};
constexpr Section kTier = {"tier", "What the whole of a request costs whose prompt is long.", kTierKeys};

constexpr std::array kPriceKeys = {
    value<Type::kPrice, &route::Prices::input>("input", "", "Dollars per million prompt tokens."),
    value<Type::kPrice, &route::Prices::cached_input>("cached_input", "",
                                                      "The same for tokens the provider had cached."),
    value<Type::kPrice, &route::Prices::output>("output", "", "Dollars per million tokens of the answer."),
    value<Type::kPrice, &route::Prices::cache_write>(
        "cache_write", "",
        "For prompt tokens that the provider writes to its cache. Where it "
        "reports some and this is unset, the cost is unknown."),
    value<Type::kPrice, &route::Prices::long_cache_write>("long_cache_write", "",
                                                          "For those that it keeps for an hour instead of minutes."),
    value<Type::kPrice, &route::Prices::reasoning>("reasoning", "(output)",
                                                   "For reasoning tokens, where they are billed apart."),
    value<Type::kMoney, &route::Prices::image>("image", "", "Dollars per picture, where they are billed apart."),
    value<Type::kShare, &route::Prices::batch>("batch", "", "What a batch costs of these prices."),
    value<Type::kShare, &route::Prices::flex>(
        "flex", "", "What requests cost of these prices that the provider served when it had room (`service_tier`)."),
    value<Type::kFactor, &route::Prices::priority>(
        "priority", "",
        "What those cost that it served before others. Where an answer says that it was served in a way that has no "
        "price here, the cost is unknown."),
    nested<Type::kSectionList, &route::Prices::tiers>("tiers", kTier,
                                                      "Prices for long prompts, by rising length; the whole request "
                                                      "costs what its prompt's tier says."),
};

constexpr std::array kSummaryKeys = {
    value<Type::kString, &SummaryConfig::model>(
        "model", "", "A model of `models` that sums up the turns that are left out; a cheap and fast one.")
        .must(),
    value<Type::kInteger, &SummaryConfig::max_tokens>("max_tokens", "500",
                                                      "Most tokens of a summary; that much room is kept for it.")
        .between(50, 16'000),
    value<Type::kDuration, &SummaryConfig::deadline>("deadline", "15s",
                                                     "How long it is waited for; then the request goes on without.")
        .between(100, 10 * 60'000),
};
constexpr Section kSummary = {"summary", "Who sums up what trimming leaves out.", kSummaryKeys, "model"};

constexpr std::array kContextKeys = {
    value<Type::kChoice, &ContextConfig::policy>(
        "policy", "largest",
        "When a request is too long for every model of its category: largest (a model with a larger window answers), "
        "trim (old tool results and whole old turns are left out, if no larger one has room either), or reject.")
        .from(kContextPolicies),
    value<Type::kProbability, &ContextConfig::keep>(
        "keep", "0.6", "trim: how much of the window a trimmed conversation may fill; the rest is for its next turns."),
    nested<Type::kSection, &ContextConfig::summary>(
        "summary", kSummary,
        "trim: the model whose summary of the turns that are left out takes their place; unset: nothing does."),
};

constexpr std::array kAffinityKeys = {
    value<Type::kChoice, &AffinityConfig::stay>(
        "stay", "price",
        "Whether a conversation stays with the model that answered it last, whose provider has its beginning cached: "
        "price (where leaving would cost more than it saves), always, or off.")
        .from(kAffinities),
    value<Type::kDuration, &AffinityConfig::lifetime>("lifetime", "5m", "How long providers keep what they cached.")
        .between(1'000, 24 * kHour),
    value<Type::kInteger, &AffinityConfig::turns>("turns", "4", "Turns that a conversation is expected to go on for.")
        .between(1, 1'000),
};

constexpr std::array kFallbackCapKeys = {
    value<Type::kMoney, &FallbackCapConfig::per_day>(
        "per_day", "", "Most dollars in a day for requests that went to the fallback because the router doubted.")
        .must(),
    value<Type::kChoice, &FallbackCapConfig::on_cap>(
        "on_cap", "best_guess",
        "Then: best_guess (the likeliest category answers although nothing promises that it is right) or reject.")
        .from(kOnCaps),
};

constexpr std::array kAccessKeys = {
    value<Type::kChoice, &AccessConfig::keys>(
        "keys", "auto",
        "Whether clients need a key of `pointsman keys`: auto (as soon as there is one), required, or off.")
        .from(kKeyUses),
    value<Type::kString, &AccessConfig::time_zone>("time_zone", "UTC",
                                                   "The calendar that budgets follow, such as Europe/Vienna."),
    value<Type::kString, &AccessConfig::user_header>("user_header", "x-pointsman-user",
                                                     "The header in which clients name their end user."),
    value<Type::kChoice, &AccessConfig::unknown_price>(
        "unknown_price", "reject",
        "A model whose price is unknown, under a budget in money: reject (it is not asked) or allow (uncounted).")
        .from(kUnknownPrices),
    value<Type::kShare, &AccessConfig::warn_at>(
        "warn_at", "80%",
        "How much of a budget is used when the log and webhooks warn of it, and once more when all of it is."),
};

constexpr std::array kBudgetKeys = {
    value<Type::kChoice, &BudgetConfig::period>("period", "month", "day, week (from Monday), month or total.")
        .from(kPeriods),
    value<Type::kMoney, &BudgetConfig::money>("money", "", "Most dollars in a period."),
    value<Type::kInteger, &BudgetConfig::tokens>("tokens", "", "Most tokens in a period, prompts and answers.")
        .between(1, kTokens),
};
constexpr Section kBudget = {"budget", "What may be spent in a period.", kBudgetKeys};

constexpr std::array kRatesKeys = {
    value<Type::kInteger, &RatesConfig::requests_per_minute>("requests_per_minute", "", "Most requests in a minute.")
        .between(1, kMillion * 1'000),
    value<Type::kInteger, &RatesConfig::tokens_per_minute>("tokens_per_minute", "",
                                                           "Most tokens in a minute, prompts and answers.")
        .between(1, kTokens),
    value<Type::kInteger, &RatesConfig::concurrent>("concurrent", "", "Most requests under way at a time.")
        .between(1, kMillion),
};
constexpr Section kRates = {"rates", "How fast it may be spent.", kRatesKeys};

constexpr std::array kEndUserKeys = {
    nested<Type::kSectionList, &EndUserConfig::budgets>("budgets", kBudget, "What each may spend."),
    nested<Type::kSection, &EndUserConfig::limits>("limits", kRates, "How fast it may be spent."),
};
constexpr Section kEndUsers = {"end_users", "What each end user may use, named by access.user_header.", kEndUserKeys};

// In the order of Priority.
constexpr std::array<std::string_view, 3> kPriorities = {"low", "normal", "high"};

constexpr std::array kOwnerKeys = {
    nested<Type::kSectionList, &OwnerConfig::budgets>("budgets", kBudget, "What may be spent, by all of it together."),
    nested<Type::kSection, &OwnerConfig::limits>("limits", kRates, "How fast it may be spent."),
    value<Type::kChoice, &OwnerConfig::on_budget>(
        "on_budget", "reject",
        "When a request may cost more than is left: reject it, or downgrade: a cheaper model answers that can.")
        .from(kOnBudgets),
    value<Type::kStrings, &OwnerConfig::models>("models", "(all)", "Models that may answer."),
    value<Type::kStrings, &OwnerConfig::categories>("categories", "(all)", "Categories that may be asked for."),
    value<Type::kChoice, &OwnerConfig::priority>(
        "priority", "(of the node above)",
        "Whose requests are turned away first under overload: low before normal before high; normal where nobody says.")
        .from(kPriorities),
    nested<Type::kSection, &OwnerConfig::end_users>("end_users", kEndUsers, "What each of its end users may use."),
};

constexpr std::array kWebhookKeys = {
    value<Type::kUrl, &WebhookConfig::url>("url", "", "Where events are posted, such as https://example.com/hooks.")
        .must(),
    value<Type::kSecret, &WebhookConfig::secret>(
        "secret", "",
        "What signs them (Standard Webhooks): the receiver's whsec_..., or any text of at least 16 bytes; "
        "use ${NAME} or ${file:PATH}.")
        .must(),
    value<Type::kBoolean, &WebhookConfig::allow_private>(
        "allow_private", "false", "Whether http and addresses that are not on the public internet are allowed."),
};

}  // namespace

constinit const Section kPriceSection = {"price", "What a model costs.", kPriceKeys};
constinit const Section kContextSection = {"context", "What is done about requests that are too long.", kContextKeys,
                                           "policy"};
constinit const Section kAffinitySection = {
    "affinity", "Switching models throws away what the provider has cached of a conversation.", kAffinityKeys, "stay"};
constinit const Section kFallbackCapSection = {"fallback_cap", "A cap on what doubt may cost.", kFallbackCapKeys,
                                               "per_day"};
constinit const Section kAccessSection = {"access", "Who may ask, and the calendar of budgets.", kAccessKeys};
constinit const Section kWebhookSection = {"webhook", "Somebody who is told when budgets are used up.", kWebhookKeys};
constinit const Section kOwnerSection = {"owner", "A node of the tree that keys belong to.", kOwnerKeys};

}  // namespace pointsman::config
