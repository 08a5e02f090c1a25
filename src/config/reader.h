// Reads a YAML tree into configuration structs by the key table, and notes where everything stood.
//
// Made for one load and thrown away. Every problem is collected and reading goes on behind it, so that all are seen at
// once; a value with a problem leaves its default in place.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/problem.h"
#include "config/schema.h"
#include "config/sources.h"
#include "config/yaml_tree.h"

namespace pointsman::config {

// "models" + "gpt-5.1" -> models."gpt-5.1"
std::string join_path(std::string_view parent, std::string_view name);
std::string index_path(std::string_view parent, std::size_t index);

// Where the value of each key path stands in the file, and how it was written there.
class Places {
 public:
  void note(const std::string& path, Mark mark) { marks_.emplace(path, mark); }
  void note_filled(const std::string& path, const std::string& written) { written_.emplace(path, written); }
  // The value in quotes for a message: as it was written, where something was filled into it.
  std::string shown(const std::string& path, std::string_view value) const;
  // Something was filled into it, or should have been.
  bool was_filled(const std::string& path) const { return written_.contains(path); }
  // Likewise, or into something below it.
  bool was_filled_within(const std::string& path) const;
  // How a filled value was written; empty where nothing was filled in.
  std::string written(const std::string& path) const;
  bool has(const std::string& path) const { return marks_.contains(path); }
  // The mark of the path, or of the nearest enclosing one that was written, or none.
  Mark at(std::string_view path) const;

 private:
  std::map<std::string, Mark, std::less<>> marks_;
  std::map<std::string, std::string> written_;
};

class Reader {
 public:
  Reader(const YamlTree& tree, const Sources& sources, Problems& problems, Places& places)
      : tree_(tree), sources_(sources), problems_(problems), places_(places) {}

  // Fills `object`, which must be what `section` describes, from the node.
  void read_section(std::uint32_t id, const Section& section, void* object, const std::string& path);

 private:
  void read_pair(std::uint32_t key_id, std::uint32_t value_id, const Section& section, void* object,
                 const std::string& path);
  void read_key(std::uint32_t id, const Key& key, void* object, const std::string& path);
  void read_named(std::uint32_t id, const Key& key, void* object, const std::string& path);
  void read_list(std::uint32_t id, const Key& key, void* object, const std::string& path);
  void read_scalar(std::uint32_t id, const Key& key, void* object, const std::string& path);
  void read_many(std::uint32_t id, const Key& key, void* object, const std::string& path);
  void read_headers(std::uint32_t id, const Key& key, void* object, const std::string& path);

  std::optional<std::string> text_of(std::uint32_t id, const std::string& path, std::string_view expected);
  std::optional<std::string> file_of(const YamlNode& node, const std::string& text, const std::string& path);
  void check_required(const Section& section, const YamlNode& node, const std::string& path);
  bool first_use(std::map<std::string, Mark>& seen, const YamlNode& key, const std::string& path);
  bool visit(const YamlNode& node);

  const YamlTree& tree_;
  const Sources& sources_;
  Problems& problems_;
  Places& places_;
  std::size_t visits_ = 0;
};

}  // namespace pointsman::config
