// The documents a schema consists of, and what its references mean: $id, $anchor, $dynamicAnchor, JSON pointers.
//
// Lives while a schema is compiled; afterwards its trees are kept to name places. Nothing is fetched: documents come
// from the caller's list and are read when first referred to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/schema.h"
#include "json/schema/keywords.h"
#include "json/schema/tree.h"

namespace pointsman::json::schema {

// A node of one of the documents.
struct Place {
  std::uint32_t document = 0;
  Tree::Id node = Tree::kNone;
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct SchemaDocument {
  std::string uri;  // empty: the one the caller asked for
  Tree tree;
};

class Library {
 public:
  using ResourceId = std::uint32_t;
  // A schema with an identity of its own: a document, or a part of one with an $id.
  struct Resource {
    std::string uri;  // absolute, no fragment
    Place root;
    Dialect dialect = Dialect::k2020;
    bool assertions = true;  // false: its meta-schema does without the validation vocabulary
    std::map<std::string, Place, std::less<>> anchors;
    std::map<std::string, Place, std::less<>> dynamic_anchors;
  };

  Library(std::span<const SchemaText> others, std::size_t max_bytes) : others_(others), max_bytes_(max_bytes) {}

  // Adds the document everything starts from. Its tree's error, or kInvalidArgument.
  base::Result<void> open(std::string_view text);

  struct Target {
    Place place;
    std::string dynamic_name;  // set if the reference meant a $dynamicAnchor by its name
  };
  // What `reference` means in a resource: kNotFound, or the error of the document it names.
  base::Result<Target> resolve(ResourceId from, std::string_view reference);

  ResourceId resource_of(Place place) const { return parts_[place.document].resource[place.node]; }
  const Resource& resource(ResourceId id) const { return resources_[id]; }
  std::size_t resources() const { return resources_.size(); }
  const Tree& tree(std::uint32_t document) const { return documents_[document]->tree; }
  std::string pointer(Place place) const;
  std::vector<std::unique_ptr<const SchemaDocument>> release() { return std::move(documents_); }

  // A $schema we do not know, if there was one.
  const std::optional<Place>& unknown_dialect() const { return unknown_dialect_; }

 private:
  // What a node is to JSON Schema: a schema, a list or map of schemas, or neither.
  enum class Position : std::uint8_t { kNone, kSchema, kList, kMap };
  struct Part {
    std::vector<ResourceId> resource;  // by node
  };
  struct Identity {
    Dialect dialect = Dialect::k2020;
    bool assertions = true;
  };

  // Where the value of a keyword stands; `list`: it is an array.
  static Position position_of(Shape shape, bool list);
  base::Result<std::uint32_t> add(std::string_view text, std::string uri, Identity inherited);
  base::Result<void> index(std::uint32_t document, Identity inherited);
  base::Result<ResourceId> start_resource(Place place, const std::string& base, Identity inherited);
  base::Result<void> add_anchors(Place place, ResourceId resource);
  Identity identity(Place place, Identity inherited);
  base::Result<ResourceId> find_document(const std::string& uri, Identity inherited);
  std::optional<SchemaText> other(std::string_view uri) const;

  std::span<const SchemaText> others_;
  std::size_t max_bytes_;
  std::size_t used_bytes_ = 0;
  std::vector<std::unique_ptr<const SchemaDocument>> documents_;
  std::vector<Part> parts_;
  std::vector<Resource> resources_;
  std::map<std::string, ResourceId, std::less<>> by_uri_;
  std::optional<Place> unknown_dialect_;
};

}  // namespace pointsman::json::schema
