#include "json/schema/library.h"

#include <algorithm>

#include "json/schema/uri.h"

namespace pointsman::json::schema {
namespace {

constexpr std::size_t kMaxTotalFactor = 8;  // all documents together, in units of the largest single one
constexpr std::size_t kMaxResources = 10'000;
constexpr std::size_t kMaxUri = 4096;

base::Error wrong(std::string message, std::string pointer) {
  return base::Error(base::ErrorCode::kInvalidArgument, std::move(message), base::Origin::kClient)
      .at(std::move(pointer));
}

std::string_view without_scheme(std::string_view uri) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (uri.starts_with(scheme)) uri.remove_prefix(scheme.size());
  }
  if (uri.ends_with('#')) uri.remove_suffix(1);
  return uri;
}

std::optional<Dialect> known_dialect(std::string_view uri) {
  uri = without_scheme(uri);
  if (uri == "json-schema.org/draft-07/schema" || uri == "json-schema.org/draft-06/schema") return Dialect::kDraft7;
  if (uri == "json-schema.org/draft/2019-09/schema") return Dialect::k2019;
  if (uri == "json-schema.org/draft/2020-12/schema") return Dialect::k2020;
  return std::nullopt;
}

std::string_view string_member(const Tree& tree, Tree::Id node, std::string_view name) {
  const Tree::Id member = tree.member(node, name);
  return member != Tree::kNone && tree.is(member, ValueKind::kString) ? tree.text(member) : std::string_view();
}

}  // namespace

base::Result<void> Library::open(std::string_view text) {
  PM_TRY(const std::uint32_t document, add(text, "", {}));
  return document == 0 ? base::Result<void>() : base::fail(base::ErrorCode::kInternal, "a library is opened once");
}

base::Result<std::uint32_t> Library::add(std::string_view text, std::string uri, Identity inherited) {
  if (used_bytes_ + text.size() > max_bytes_ * kMaxTotalFactor) {
    return base::fail(base::ErrorCode::kTooLarge, "the schema refers to too many bytes of other schemas",
                      base::Origin::kClient);
  }
  used_bytes_ += text.size();
  PM_TRY(Tree tree, Tree::read(text, max_bytes_));
  const auto document = static_cast<std::uint32_t>(documents_.size());
  documents_.push_back(std::make_unique<const SchemaDocument>(std::move(uri), std::move(tree)));
  parts_.emplace_back();
  PM_CHECK(index(document, inherited));
  return document;
}

Library::Position Library::position_of(Shape shape, bool list) {
  switch (shape) {
    case Shape::kPlain:
      return Position::kNone;
    case Shape::kSchema:
      return Position::kSchema;
    case Shape::kSchemaOrList:
      return list ? Position::kList : Position::kSchema;
    case Shape::kList:
      return Position::kList;
    case Shape::kMap:
    case Shape::kMixedMap:
      return Position::kMap;
  }
  return Position::kNone;
}

// Parents come before their children, so one pass over the nodes tells what each of them is.
base::Result<void> Library::index(std::uint32_t document, Identity inherited) {
  const Tree& tree = this->tree(document);
  std::vector<Position> positions(tree.size(), Position::kNone);
  parts_[document].resource.resize(tree.size());
  for (Tree::Id node = 0; node < tree.size(); ++node) {
    const Tree::Id parent = tree.parent(node);
    const bool root = parent == Tree::kNone;
    ResourceId resource = root ? 0 : parts_[document].resource[parent];
    const bool list = tree.is(node, ValueKind::kArray);
    Position position = root ? Position::kSchema : Position::kNone;
    if (!root && positions[parent] == Position::kSchema) {
      position = position_of(find_keyword(tree.key(node), resources_[resource].dialect).shape, list);
    } else if (!root && (positions[parent] == Position::kList || positions[parent] == Position::kMap)) {
      position = list ? Position::kNone : Position::kSchema;
    }
    positions[node] = position;
    if (position == Position::kSchema) {
      const Identity outer = root ? inherited : Identity{resources_[resource].dialect, resources_[resource].assertions};
      const std::string_view id = string_member(tree, node, "$id");
      const bool replaced = outer.dialect == Dialect::kDraft7 && tree.member(node, "$ref") != Tree::kNone;
      if (root || (!replaced && !split_fragment(id).document.empty())) {
        const std::string base = root ? documents_[document]->uri : resources_[resource].uri;
        PM_TRY(resource, start_resource({document, node}, base, outer));
      }
      parts_[document].resource[node] = resource;
      if (!replaced) PM_CHECK(add_anchors({document, node}, resource));
    }
    parts_[document].resource[node] = resource;
  }
  return {};
}

base::Result<Library::ResourceId> Library::start_resource(Place place, const std::string& base, Identity inherited) {
  if (resources_.size() >= kMaxResources) {
    return base::fail(base::ErrorCode::kTooLarge, "more than 10000 schemas with an $id", base::Origin::kClient);
  }
  const Tree& tree = this->tree(place.document);
  const Identity own = identity(place, inherited);
  const bool replaced = own.dialect == Dialect::kDraft7 && tree.member(place.node, "$ref") != Tree::kNone;
  const std::string_view id = replaced ? std::string_view() : string_member(tree, place.node, "$id");
  const std::string uri(split_fragment(id.empty() ? base : resolve_reference(base, id)).document);
  if (uri.size() > kMaxUri) {
    return base::fail(base::ErrorCode::kTooLarge, "an $id longer than 4096 bytes", base::Origin::kClient);
  }
  const auto resource = static_cast<ResourceId>(resources_.size());
  resources_.push_back({uri, place, own.dialect, own.assertions, {}, {}});
  by_uri_.emplace(uri, resource);
  if (place.node == Tree::kRoot) by_uri_.emplace(base, resource);
  return resource;
}

base::Result<void> Library::add_anchors(Place place, ResourceId resource) {
  const Tree& tree = this->tree(place.document);
  Resource& owner = resources_[resource];
  const auto add = [&](auto& anchors, std::string_view name) -> base::Result<void> {
    if (name.empty()) return {};
    if (!anchors.emplace(std::string(name), place).second) {
      return base::fail(wrong("the anchor " + std::string(name) + " is there twice", pointer(place)));
    }
    return {};
  };
  if (owner.dialect == Dialect::kDraft7) {
    // Draft 7, core, section 8.2.3: a fragment in an $id names the place.
    const std::string_view fragment = split_fragment(string_member(tree, place.node, "$id")).fragment;
    return fragment.starts_with('/') ? base::Result<void>() : add(owner.anchors, fragment);
  }
  PM_CHECK(add(owner.anchors, string_member(tree, place.node, "$anchor")));
  if (owner.dialect != Dialect::k2020) return {};
  return add(owner.dynamic_anchors, string_member(tree, place.node, "$dynamicAnchor"));
}

Library::Identity Library::identity(Place place, Identity inherited) {
  const Tree& tree = this->tree(place.document);
  const std::string_view uri = string_member(tree, place.node, "$schema");
  if (uri.empty()) return inherited;
  if (const auto dialect = known_dialect(uri)) return {*dialect, true};
  const auto meta_schema = other(uri);
  const auto meta = meta_schema ? Tree::read(meta_schema->text, max_bytes_) : base::Result<Tree>(Tree());
  const bool read = meta_schema && meta && meta->is(Tree::kRoot, ValueKind::kObject);
  const auto dialect = read ? known_dialect(string_member(*meta, Tree::kRoot, "$schema")) : std::nullopt;
  if (!dialect) {
    unknown_dialect_ = place;
    return inherited;
  }
  const Tree::Id vocabulary = meta->member(Tree::kRoot, "$vocabulary");
  bool assertions = vocabulary == Tree::kNone;
  for (std::uint32_t i = 0; vocabulary != Tree::kNone && i < meta->count(vocabulary); ++i) {
    if (meta->key(meta->child(vocabulary, i)).ends_with("/vocab/validation")) assertions = true;
  }
  return {*dialect, assertions};
}

std::optional<SchemaText> Library::other(std::string_view uri) const {
  const auto same = [uri](const SchemaText& text) { return split_fragment(text.uri).document == uri; };
  uri = split_fragment(uri).document;
  const auto found = std::ranges::find_if(others_, same);
  return found == others_.end() ? std::nullopt : std::optional<SchemaText>(*found);
}

base::Result<Library::ResourceId> Library::find_document(const std::string& uri, Identity inherited) {
  if (const auto found = by_uri_.find(uri); found != by_uri_.end()) return found->second;
  const auto text = other(uri);
  if (!text) return base::fail(base::ErrorCode::kNotFound, "there is no schema " + uri, base::Origin::kClient);
  PM_TRY(const std::uint32_t document, add(text->text, uri, inherited));
  return resource_of({document, Tree::kRoot});
}

base::Result<Library::Target> Library::resolve(ResourceId from, std::string_view reference) {
  const std::string whole = resolve_reference(resources_[from].uri, reference);
  const Fragmented parts = split_fragment(whole);
  const Identity inherited{resources_[from].dialect, resources_[from].assertions};
  ResourceId resource = from;
  if (parts.document != resources_[from].uri) {
    PM_TRY(resource, find_document(std::string(parts.document), inherited));
  }
  const Resource& found = resources_[resource];
  const std::string fragment = percent_decoded(parts.fragment);
  if (fragment.empty()) return Target{found.root, {}};
  if (fragment.front() == '/') {
    const Tree::Id node = tree(found.root.document).at(found.root.node, fragment);
    if (node != Tree::kNone) return Target{{found.root.document, node}, {}};
  } else if (const auto dynamic = found.dynamic_anchors.find(fragment); dynamic != found.dynamic_anchors.end()) {
    return Target{dynamic->second, fragment};
  } else if (const auto anchor = found.anchors.find(fragment); anchor != found.anchors.end()) {
    return Target{anchor->second, {}};
  }
  return base::fail(base::ErrorCode::kNotFound, "there is no " + whole, base::Origin::kClient);
}

std::string Library::pointer(Place place) const {
  const SchemaDocument& document = *documents_[place.document];
  const std::string pointer = document.tree.pointer(place.node);
  return document.uri.empty() ? pointer : document.uri + "#" + pointer;
}

}  // namespace pointsman::json::schema
