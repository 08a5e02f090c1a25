#include "admin/pages.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/log.h"

extern "C" const unsigned char pm_embed_dashboard[];
extern "C" const unsigned char pm_embed_dashboard_end[];

namespace pointsman::admin {
namespace {

constexpr std::string_view kApplication = "/index.html";

std::optional<std::size_t> size_of(std::string_view digits) {
  std::size_t out = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

// Takes what stands before `mark`, and the mark with it.
std::string_view take_until(std::string_view& text, char mark) {
  const std::string_view out = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(out.size() + 1, text.size()));
  return out;
}

}  // namespace

base::Result<Pages> Pages::open(std::string_view pack) {
  Pages out;
  std::vector<std::array<std::size_t, 2>> sizes;
  for (std::string_view line = take_until(pack, '\n'); !line.empty(); line = take_until(pack, '\n')) {
    Page page;
    page.path = take_until(line, '\t');
    page.content_type = take_until(line, '\t');
    page.digest = take_until(line, '\t');
    const auto raw = size_of(take_until(line, '\t'));
    const auto brotli = size_of(line);
    if (!raw || !brotli) return base::fail(base::ErrorCode::kCorrupt, "the dashboard's files are damaged");
    sizes.push_back({*raw, *brotli});
    out.pages_.push_back(page);
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (pack.size() < sizes[i][0] + sizes[i][1]) {
      return base::fail(base::ErrorCode::kCorrupt, "the dashboard's files are damaged");
    }
    out.pages_[i].bytes = pack.substr(0, sizes[i][0]);
    out.pages_[i].brotli = pack.substr(sizes[i][0], sizes[i][1]);
    pack.remove_prefix(sizes[i][0] + sizes[i][1]);
  }
  return out;
}

const Pages& Pages::built_in() {
  static const Pages kPages = [] {
    const std::string_view pack(reinterpret_cast<const char*>(pm_embed_dashboard),
                                static_cast<std::size_t>(pm_embed_dashboard_end - pm_embed_dashboard));
    auto pages = open(pack);
    if (!pages) base::log_error("{}", pages.error().message());
    return pages ? std::move(*pages) : Pages();
  }();
  return kPages;
}

const Page* Pages::find(std::string_view path) const {
  const auto at = [this](std::string_view wanted) -> const Page* {
    const auto found = std::ranges::find(pages_, wanted, &Page::path);
    return found == pages_.end() ? nullptr : &*found;
  };
  const Page* const file = at(path);
  if (file != nullptr || path.starts_with("/assets/")) return file;
  return at(kApplication);
}

std::string_view page_fields() {
  return "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
         "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
         "require-trusted-types-for 'script'; trusted-types 'none'\r\n"
         "x-content-type-options: nosniff\r\n"
         "referrer-policy: no-referrer\r\n"
         "cross-origin-opener-policy: same-origin\r\n";
}

bool takes_brotli(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    std::string_view one = take_until(accept_encoding, ',');
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (!one.starts_with("br")) continue;
    const std::string_view rest = one.substr(2);
    if (rest.empty() || rest.starts_with(' ')) return true;
    if (rest.starts_with(';')) return !rest.contains("q=0") || rest.contains("q=0.");
  }
  return false;
}

}  // namespace pointsman::admin
