// Who may ask, and what each key may use: keys and owners as one immutable snapshot, shared by all workers.
//
// Made by the main thread from the configuration and the key store; a request keeps the one it began with.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "gateway/key_ring.h"
#include "http/head.h"
#include "ledger/key.h"
#include "limits/quota_definition.h"
#include "limits/quota_outcome.h"
#include "limits/spend_cap.h"

namespace pointsman::gateway {

// What belongs to a key besides what its ring knows.
struct KeyTerms {
  std::string node;          // in the tree of quotas
  limits::NodeRef node_ref;  // where it was when these terms were made
  config::Priority priority = config::Priority::kNormal;
  bool downgrade = false;  // a cheaper model answers where a budget has no room for the decided one
  // Of its owners, the nearest first; each that is not empty must hold the model.
  std::vector<std::vector<std::string>> models;
  std::vector<std::vector<std::string>> categories;
};

struct Access {
  bool looks = false;  // at keys at all
  bool needs_key = false;
  std::string user_header;
  KeyRing ring;
  std::vector<KeyTerms> terms;  // by Principal::row
};
using AccessPtr = std::shared_ptr<const Access>;

// The key by which the dashboard asks its own gateway: it lives in the memory of one process. No key of the store can
// have that name. That there is one does not mean that others need one.
inline constexpr std::string_view kDashboardKey = "(dashboard)";

// Who made one request; holds as long as `access`.
struct Caller {
  AccessPtr access;
  const Principal* key = nullptr;  // null: nobody in particular
  const KeyTerms* terms = nullptr;

  config::Priority priority() const { return terms == nullptr ? config::Priority::kNormal : terms->priority; }
  bool may_use(std::string_view model) const;
  bool may_ask_for(std::string_view category) const;
};

Access make_access(const config::AccessConfig& access, const std::vector<config::OwnerConfig>& owners,
                   std::span<const ledger::Key> keys, base::WallTime now);
// The node of a key: "acme/search@name".
std::string node_of(const ledger::Key& key);
// Owners, their keys and end users as a tree. Live keys only.
limits::QuotaDefinition make_quotas(const config::AccessConfig& access, const std::vector<config::OwnerConfig>& owners,
                                    std::span<const ledger::Key> keys, base::WallTime now);
std::vector<limits::SpendCapDefinition> make_caps(const config::RouterConfig& router);

// Who it is that asks; kUnauthorized, the client's, where a key is needed and not there, or not right.
base::Result<Caller> identify(const AccessPtr& access, const http::FieldList& fields, base::WallTime now);

}  // namespace pointsman::gateway
