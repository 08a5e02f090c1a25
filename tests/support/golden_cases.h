// Golden cases of what crosses from one protocol to another, as text files that a person can read and review.
//
// A file is a preamble, then cases. "# feature" begins one. "from chat" begins a source, whose body follows; "streamed"
// gives the same answer as a stream. "to messages: yes" begins what becomes of it: its body, then one line for each
// loss ("loss: top_k", or "minor: cache_control"). "to messages streamed: lost" is said only where the stream of an
// answer fares otherwise than the whole answer. A line that begins with none of these goes on with the body.
// Header-only; for tests.
#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "llm/conversation.h"

namespace pointsman::testing {

struct Wanted {
  std::string verdict;  // "yes", "approx", "lost", "refused"; empty: not said
  std::string body;     // of a refusal: why
  llm::Losses losses;

  bool operator==(const Wanted&) const = default;
};

struct GoldenSource {
  std::string protocol;
  std::string body;
  std::string stream;
  std::map<std::string, Wanted> whole, streamed;  // by the protocol that it goes to
};

struct GoldenCase {
  std::string feature;
  std::vector<GoldenSource> sources;

  const GoldenSource* from(std::string_view protocol) const {
    const auto at = std::ranges::find(sources, protocol, &GoldenSource::protocol);
    return at == sources.end() ? nullptr : &*at;
  }
};

// What a verdict must be for these losses, unless somebody judged otherwise: a loss may be of all that there was
// though the answer means the same without it, and one that matters may have left something.
inline std::string usual_verdict(const llm::Losses& losses) {
  if (losses.empty()) return "yes";
  return std::ranges::all_of(losses, &llm::Loss::minor) ? "approx" : "lost";
}

// Whether a verdict can be true: nothing may change without a loss that says so.
inline bool is_possible(const Wanted& wanted) {
  if (wanted.verdict == "refused") return wanted.losses.empty() && !wanted.body.empty();
  if (wanted.verdict == "yes") return wanted.losses.empty();
  return (wanted.verdict == "approx" || wanted.verdict == "lost") && !wanted.losses.empty();
}

class GoldenFile {
 public:
  std::string preamble;
  std::vector<GoldenCase> cases;

  static std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  explicit GoldenFile(std::string path) : path_(std::move(path)) {
    const std::string text = slurp(path_);
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      line(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    for_each_text([](std::string& one) { one.resize(one.find_last_not_of('\n') + 1); });
  }

  void write() const { std::ofstream(path_, std::ios::binary) << to_string(); }

  std::string to_string() const {
    std::string out = preamble + "\n";
    for (const GoldenCase& one : cases) {
      out += "\n# " + one.feature + "\n";
      for (const GoldenSource& source : one.sources) {
        out += "from " + source.protocol + "\n" + source.body + "\n";
        if (!source.stream.empty()) out += "streamed\n" + source.stream + "\n\n";
        for (const auto& [to, wanted] : source.whole) append(to, wanted, out);
        for (const auto& [to, wanted] : source.streamed) append(to + " streamed", wanted, out);
      }
    }
    return out;
  }

 private:
  static void append(const std::string& to, const Wanted& wanted, std::string& out) {
    out.append("to ").append(to).append(": ").append(wanted.verdict).append("\n").append(wanted.body).append("\n");
    for (const llm::Loss& loss : wanted.losses) out += (loss.minor ? "minor: " : "loss: ") + loss.what + "\n";
  }

  static bool take(std::string_view& line, std::string_view prefix) {
    if (!line.starts_with(prefix)) return false;
    line.remove_prefix(prefix.size());
    return true;
  }

  void line(std::string_view text) {
    if (take(text, "# ")) {
      cases.push_back({std::string(text), {}});
      body_ = nullptr;
    } else if (cases.empty()) {
      preamble.append(text).append("\n");
    } else if (take(text, "from ")) {
      GoldenSource& source = cases.back().sources.emplace_back();
      source.protocol = text;
      body_ = &source.body;
    } else if (text == "streamed") {
      body_ = &cases.back().sources.back().stream;
    } else if (take(text, "to ")) {
      wanted(text);
    } else if (wanted_ != nullptr && take(text, "minor: ")) {
      wanted_->losses.push_back({std::string(text), true});
    } else if (wanted_ != nullptr && take(text, "loss: ")) {
      wanted_->losses.push_back({std::string(text), false});
    } else if (body_ != nullptr) {
      body_->append(text).append("\n");
    }
  }

  void wanted(std::string_view text) {
    const std::size_t colon = std::min(text.find(": "), text.size());
    std::string_view to = text.substr(0, colon);
    const bool streamed = to.ends_with(" streamed");
    if (streamed) to = to.substr(0, to.find(' '));
    GoldenSource& source = cases.back().sources.back();
    wanted_ = &(streamed ? source.streamed : source.whole)[std::string(to)];
    wanted_->verdict = text.substr(std::min(colon + 2, text.size()));
    body_ = &wanted_->body;
  }

  template <class Call>
  void for_each_text(Call call) {
    call(preamble);
    for (GoldenCase& one : cases) {
      for (GoldenSource& source : one.sources) {
        call(source.body);
        call(source.stream);
        for (auto* map : {&source.whole, &source.streamed}) {
          for (auto& [to, wanted] : *map) call(wanted.body);
        }
      }
    }
  }

  std::string path_;
  std::string* body_ = nullptr;
  Wanted* wanted_ = nullptr;
};

}  // namespace pointsman::testing
