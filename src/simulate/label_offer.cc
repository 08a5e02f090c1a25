#include "simulate/label_offer.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

namespace pointsman::simulate {
namespace {

constexpr std::size_t kMaxLabels = 1024;
constexpr std::size_t kMaxLabelBytes = 128;
constexpr int kMaxNameWords = 12;
constexpr std::string_view kSeparators = " \t\r\n,";

bool says_none(std::string_view word) {
  constexpr std::array<std::string_view, 3> kWords = {"none", "other", "unknown"};
  return std::ranges::find(kWords, word) != kWords.end();
}

// The category named at the beginning of `rest`, by the longest name that ends at a word's end; "" if none is.
std::string category_at(std::string_view rest, const Teacher& teacher) {
  rest = rest.substr(0, rest.find_first_of("\r\n"));
  const std::size_t first_word = rest.find_first_of(" \t,:;._-");
  std::string found;
  std::size_t end = 0;
  for (int word = 0; word < kMaxNameWords && end < rest.size(); ++word) {
    end = std::min(rest.find_first_of(" \t,:;", end + 1), rest.size());
    if (const std::string* name = teacher.category_named(rest.substr(0, end))) found = *name;
    if (end < rest.size() && rest[end] != ' ' && rest[end] != '\t') break;
  }
  if (found.empty()) {
    // A sentence may end behind the name.
    const std::string* name = teacher.category_named(rest.substr(0, rest.find_first_of(" \t,:;.()")));
    if (name != nullptr) return *name;
    if (says_none(rest.substr(0, first_word))) return std::string(kNone);
  }
  return found;
}

// What the prompt says of labels, in its order.
struct Entries {
  std::vector<std::string> labels;
  std::unordered_map<std::string, std::string> categories;

  void add(std::string_view label, std::string category) {
    if (labels.size() >= kMaxLabels || label.empty() || label.size() > kMaxLabelBytes || category.empty()) return;
    if (categories.emplace(label, std::move(category)).second) labels.emplace_back(label);
  }
};

Entries entries_of(std::string_view system, const Teacher& teacher) {
  Entries out;
  for (std::size_t at = 0; at < system.size();) {
    const std::size_t begin = system.find_first_not_of(kSeparators, at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(system.find_first_of(kSeparators, begin), system.size());
    const std::string_view word = system.substr(begin, end - begin);
    const std::size_t equals = word.find('=');
    const bool alone = (begin == 0 || system[begin - 1] == '\n') && (end == system.size() || system[end] == '\n');
    const std::string_view label = word.substr(0, equals);
    const std::string* own = equals != std::string_view::npos || alone ? teacher.category_named(label) : nullptr;
    if (own != nullptr) {
      out.add(label, *own);
    } else if (equals != std::string_view::npos) {
      out.add(label, category_at(system.substr(begin + equals + 1), teacher));
    } else if (alone && says_none(word)) {
      out.add(word, std::string(kNone));
    }
    at = end;
  }
  return out;
}

}  // namespace

LabelOffer offer_of(const LabelQuestion& question, const Teacher& teacher) {
  const Entries entries = entries_of(question.system, teacher);
  LabelOffer out;
  bool known = false;
  std::unordered_set<std::string_view> seen;
  for (const std::string& label : question.labels.empty() ? entries.labels : question.labels) {
    if (out.labels.size() >= kMaxLabels || !seen.insert(label).second) continue;
    const std::string* own = teacher.category_named(label);
    const auto entry = entries.categories.find(label);
    std::string category = own != nullptr                      ? *own
                           : entry != entries.categories.end() ? entry->second
                           : says_none(label)                  ? std::string(kNone)
                                                               : label;
    known = known || (category != kNone && teacher.category_named(category) != nullptr);
    out.labels.push_back(label);
    out.categories.push_back(std::move(category));
  }
  if (!known || (question.labels.empty() && out.labels.size() < 2)) return {};
  return out;
}

}  // namespace pointsman::simulate
