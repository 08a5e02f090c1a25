#include "json/schema/program.h"

#include <algorithm>
#include <tuple>

namespace pointsman::json::schema {

const ObjectRule::Name* ObjectRule::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(names, name, {}, &Name::text);
  return found != names.end() && found->text == name ? &*found : nullptr;
}

RuleId Program::dynamic_anchor(std::string_view name, Library::ResourceId resource) const {
  const auto wanted = std::tie(name, resource);
  const auto found = std::ranges::lower_bound(
      dynamic_anchors, wanted, {}, [](const DynamicAnchor& anchor) { return std::tie(anchor.name, anchor.resource); });
  return found != dynamic_anchors.end() && found->name == name && found->resource == resource ? found->rule : kNoRule;
}

std::string Program::pointer(Place place) const {
  const SchemaDocument& document = *documents[place.document];
  const std::string pointer = document.tree.pointer(place.node);
  return document.uri.empty() ? pointer : document.uri + "#" + pointer;
}

}  // namespace pointsman::json::schema
