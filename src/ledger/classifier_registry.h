// The seam to whatever keeps classifiers: every version that was ever made, which of them serve, and who decided that.
//
// A version is the SHA-256 of its artefact's content; nothing that was added is ever changed. What serves is one row
// for each role, changed in one transaction together with the event that says why: after a crash there is the state
// before or the one after. Used from one thread at a time, never from an event loop; several processes may have the
// same registry open, and serial() tells each that another one changed something.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace pointsman::ledger {

struct ClassifierVersion {
  std::string version;  // lower-case hexadecimal SHA-256, as classify::Classifier::version()
  std::string parent;   // the version that served while it was trained; empty: unknown
  std::string origin;   // "trained", "imported", "configured"
  base::WallTime made{};
  std::string card;         // JSON: data hash, counts by source, metrics, options (learn/candidate_card.h)
  std::string certificate;  // the document that router.risk would name, if the gate certified one; else empty
  std::string pairing;      // likewise of router.llm
  std::uint64_t bytes = 0;  // of the artefact
};

enum class Role : std::uint8_t {
  kChampion,  // decides
  kCanary,    // decides for a share of the conversations
  kShadow,    // scores what the champion decides, and nothing follows from it
};
std::string_view to_string(Role role);  // "champion", "canary", "shadow"
std::optional<Role> role_from(std::string_view name);

struct Assignment {
  Role role = Role::kChampion;
  std::string version;
  double share = 1;  // of the conversations, for a canary
  base::WallTime since{};
};

// "registered", "promoted", "refused", "forced", "rolled_back", "canary", "shadow", "stopped", "retired".
struct RegistryEvent {
  std::int64_t number = 0;  // from 1, in order
  base::WallTime at{};
  std::string kind;
  std::string version;
  std::string before;  // the version in that role until then; empty: none
  std::string who;
  std::string reason;
  std::string detail;  // JSON: the gate's table, a sequential test's state; may be empty
};

class ClassifierRegistry {
 public:
  virtual ~ClassifierRegistry() = default;

  // Keeps an artefact under its version, with the event that says so. A version that is there already stays as it is:
  // false.
  virtual base::Result<bool> add(const ClassifierVersion& version, std::string_view artefact,
                                 const RegistryEvent& event) = 0;
  // Oldest first.
  virtual base::Result<std::vector<ClassifierVersion>> versions() = 0;
  // By the whole version or a prefix of at least 4 digits: kNotFound, or kInvalidArgument when several begin so.
  virtual base::Result<ClassifierVersion> find(std::string_view prefix) = 0;
  // The artefact, checked against its hash: kCorrupt if it is not what was added.
  virtual base::Result<std::string> artefact(std::string_view version) = 0;
  // Writes what the gate proved of a version beside it.
  virtual base::Result<void> set_proofs(std::string_view version, std::string_view certificate,
                                        std::string_view pairing) = 0;

  virtual base::Result<std::vector<Assignment>> assignments() = 0;
  // Gives the role to that version (empty: to nobody) and notes the event, in one transaction. `expected` is who must
  // have the role at that moment (empty: nobody): kInvalidArgument if another process was faster.
  virtual base::Result<void> assign(const Assignment& assignment, std::string_view expected,
                                    const RegistryEvent& event) = 0;
  // An event without a change: a refusal.
  virtual base::Result<void> note(const RegistryEvent& event) = 0;
  // The latest ones, newest first.
  virtual base::Result<std::vector<RegistryEvent>> events(std::size_t limit) = 0;
  // Changes whenever assignments do, by any process; cheap enough to be asked four times a second.
  virtual base::Result<std::int64_t> serial() = 0;
};

}  // namespace pointsman::ledger
