// The dashboard's files, as they were packed into the program (at_build/pack_pages.py).
//
// Immutable, any thread. Every path below /dashboard/ that is no file is the application itself, which looks at the
// path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pointsman::admin {

struct Page {
  std::string_view path;  // "/index.html", "/assets/index-CepqMx7P.js"
  std::string_view content_type;
  std::string_view digest;
  std::string_view bytes;
  std::string_view brotli;  // empty: no smaller form
  // Its name changes with its content, so that whoever has it never asks again.
  bool immutable() const { return path.starts_with("/assets/"); }
};

class Pages {
 public:
  // kCorrupt where the pack is not as it should be. The bytes outlive the pages.
  static base::Result<Pages> open(std::string_view pack);
  // Those in the program.
  static const Pages& built_in();

  // What a path below /dashboard is answered with: a file, or for all that is none the application. Null: a file below
  // /assets/ that is not there.
  const Page* find(std::string_view path) const;
  const std::vector<Page>& all() const { return pages_; }

 private:
  std::vector<Page> pages_;
};

// The header lines that go with every page: the content security policy and what keeps browsers from guessing.
std::string_view page_fields();
// Whether an Accept-Encoding header takes brotli.
bool takes_brotli(std::string_view accept_encoding);

}  // namespace pointsman::admin
