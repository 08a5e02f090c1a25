#include "learn/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

#include "base/hash.h"
#include "learn/json_text.h"

namespace pointsman::learn {
namespace {

auto key_of(const Example& e) {
  return std::tie(e.text, e.context, e.tools, e.category, e.group, e.outside, e.features);
}

// Length-prefixed, so that no two different lists of fields give the same bytes.
void append_field(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
}

}  // namespace

std::string pack_features(std::span<const text::Feature> features) {
  std::string out;
  out.reserve(features.size() * kPackedFeature);
  for (const text::Feature& one : features) {
    char bytes[kPackedFeature];
    std::memcpy(bytes, &one.hash, sizeof one.hash);
    std::memcpy(bytes + 4, &one.count, sizeof one.count);
    bytes[6] = static_cast<char>(one.block);
    out.append(bytes, sizeof bytes);
  }
  return out;
}

std::vector<text::Feature> unpack_features(std::string_view packed) {
  std::vector<text::Feature> out;
  out.reserve(packed.size() / kPackedFeature);
  for (; packed.size() >= kPackedFeature; packed.remove_prefix(kPackedFeature)) {
    if (static_cast<unsigned char>(packed[6]) >= text::kBlocks) continue;
    text::Feature& one = out.emplace_back();
    std::memcpy(&one.hash, packed.data(), sizeof one.hash);
    std::memcpy(&one.count, packed.data() + 4, sizeof one.count);
    one.block = static_cast<text::Block>(packed[6]);
  }
  return out;
}

std::string write_jsonl(const Dataset& data) {
  std::string out;
  for (const Example& one : data.examples) {
    JsonText json;
    json.open_object();
    one.text.empty() ? json.member("features", base::to_hex(one.features)) : json.member("text", one.text);
    json.key("category");
    one.outside ? json.raw("null") : json.string(one.category);
    if (!one.context.empty()) json.member("context", one.context);
    if (one.tools != 0) json.member("tools", one.tools);
    if (one.weight != 1) json.key("weight").raw(fmt::format("{}", one.weight));  // the shortest that reads back the same
    if (!one.group.empty()) json.member("group", one.group);
    out += json.close_object().take() + "\n";
  }
  return out;
}

Repeats find_repeats(const Dataset& data) {
  Repeats repeats;
  std::map<std::tuple<std::string_view, std::string_view, int>, std::vector<std::size_t>> seen;
  for (std::size_t i = 0; i < data.examples.size(); ++i) {
    const Example& example = data.examples[i];
    auto& earlier = seen[{example.identity(), example.context, example.tools}];
    bool known = false;
    for (const std::size_t j : earlier) {
      known = data.examples[j].category == example.category;
      if (known) {
        repeats.duplicates.emplace_back(j, i);
        break;
      }
    }
    if (known) continue;
    if (!earlier.empty()) repeats.conflicts.emplace_back(earlier.front(), i);
    earlier.push_back(i);
  }
  return repeats;
}

Dataset canonical(const Dataset& data) {
  std::vector<const Example*> order;
  order.reserve(data.examples.size());
  for (const Example& example : data.examples) order.push_back(&example);
  // Weight last, so that equal examples of different weight are summed in one order.
  std::sort(order.begin(), order.end(), [](const Example* a, const Example* b) {
    return key_of(*a) != key_of(*b) ? key_of(*a) < key_of(*b) : a->weight < b->weight;
  });
  Dataset out;
  for (const Example* example : order) {
    if (!out.examples.empty() && key_of(out.examples.back()) == key_of(*example)) {
      Example& last = out.examples.back();
      last.weight += example->weight;
      last.line = std::min(last.line, example->line);
      continue;
    }
    out.examples.push_back(*example);
  }
  return out;
}

std::string content_hash(const Dataset& data) {
  std::string all;
  for (const Example& example : canonical(data).examples) {
    append_field(all, example.text);
    append_field(all, example.outside ? std::string_view("\0outside", 8) : std::string_view(example.category));
    append_field(all, example.context);
    append_field(all, example.group);
    append_field(all, std::to_string(example.tools));
    append_field(all, std::to_string(example.weight));
    if (!example.features.empty()) append_field(all, example.features);
  }
  return base::sha256_hex(all);
}

std::vector<std::string> category_names(const Dataset& data) {
  std::vector<std::string> names;
  for (const Example& example : data.examples) {
    if (!example.outside) names.push_back(example.category);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace pointsman::learn
