// The page that tells users what crosses between protocols, made of the golden cases: one row for each feature, one
// column for each direction, and what a client sees of each loss.
// Header-only; for tests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/golden_pairs.h"

namespace pointsman::testing {

inline constexpr std::string_view kPairsPreface =
    R"(# What crosses between protocols

A client speaks Chat Completions, Responses or Anthropic Messages, and so does a model's provider. Where both speak the
same, bytes pass as they are and this page does not matter. Where they do not, requests and answers are translated, and
this table says what of them arrives ([protocols](protocols.md)).

It is generated from the golden cases of the tests (`tests/golden/pairs`): for every cell, a body in one protocol, the
exact body that it becomes in the other, and the exact losses. A test compares this page with them, so it is true for
the version that it comes with.

A column is a direction. A request goes from the client's protocol to the model's; its answer comes back in the other
direction.

- **yes**: arrives in the other protocol's own form.
- **approx**: arrives in the nearest form that there is, or in part.
- **lost**: does not arrive.
- **refused**: such a request is answered with an error.
- **-**: the first protocol of the two has no such thing.

What is not "yes" has a number, and [below](#what-the-client-is-told) is what the client is told of it in the header
`x-pointsman-lost`, as it stands there for the case that was tested; places such as `messages[1]` are those of that body.
Left out without a word are only the ids that a protocol gives to parts of an answer, and the service tier that Messages
and Responses report with one. A loss is *minor* if the answer means the same without it: hints for caches, billing,
detection of abuse, signatures of what is no longer needed.

`router.on_unsupported` decides what follows from a loss of the request. `warn`, the default, sends the request without
what is lost, and names it in the header and in the ledger. `drop` names it in the ledger only. `reject` tries another
model of the route instead, and answers with an error if none is left; minor losses never cause that. What an answer
loses is in the header unless it is minor or the header was sent before, and always in the ledger.

What differs between a whole answer and a stream is said in its cell. Answers that are cut off and errors in the middle
of a stream are carried in every direction, in the client's protocol.
)";

class PairsPage {
 public:
  std::string text() {
    std::string out(kPairsPreface);
    out += "\n|  |";
    std::string line = "\n|---|";
    each_direction([&](const WireProtocol& from, const WireProtocol& to) {
      out.append(" ").append(from.title).append(" to ").append(to.title).append(" |");
      line += "---|";
    });
    out += line + "\n";
    group("Requests: what is said", "content", out);
    group("Requests: tools", "tools", out);
    group("Requests: settings", "settings", out);
    group("Answers", "answers", out);
    out += "\n## What the client is told\n\n";
    for (std::size_t i = 0; i < notes_.size(); ++i) out += std::to_string(i + 1) + ". " + notes_[i] + "\n";
    return out;
  }

 private:
  template <class Call>
  static void each_direction(Call call) {
    for (const WireProtocol& from : kWireProtocols) {
      for (const WireProtocol& to : kWireProtocols) {
        if (&from != &to) call(from, to);
      }
    }
  }

  void group(std::string_view title, const std::string& name, std::string& out) {
    out.append("| **").append(title).append("** |");
    each_direction([&out](const WireProtocol&, const WireProtocol&) { out += "  |"; });
    out += "\n";
    for (const GoldenCase& one : GoldenFile(golden_path(name)).cases) {
      out += "| " + one.feature + " |";
      each_direction([&](const WireProtocol& from, const WireProtocol& to) {
        out += " " + cell(one.from(from.name), std::string(to.name)) + " |";
      });
      out += "\n";
    }
  }

  std::string cell(const GoldenSource* source, const std::string& to) {
    if (source == nullptr) return "-";
    std::string out = said(source->whole.at(to));
    const auto streamed = source->streamed.find(to);
    if (streamed == source->streamed.end()) return out;
    const std::string other = said(streamed->second);
    return other == out ? out : out + "; streamed: " + other;
  }

  std::string said(const Wanted& wanted) {
    std::string note;
    for (const llm::Loss& loss : wanted.losses) {
      note.append(note.empty() ? "`" : ", `").append(loss.what).append(loss.minor ? "` (minor)" : "`");
    }
    if (wanted.verdict == "refused") note = "error: " + wanted.body;
    if (note.empty()) return wanted.verdict;
    auto at = std::ranges::find(notes_, note);
    if (at == notes_.end()) at = notes_.insert(at, note);
    return wanted.verdict + "<sup>" + std::to_string(at - notes_.begin() + 1) + "</sup>";
  }

  std::vector<std::string> notes_;
};

}  // namespace pointsman::testing
