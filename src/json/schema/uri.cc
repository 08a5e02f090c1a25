#include "json/schema/uri.h"

#include <algorithm>

#include "json/text.h"

namespace pointsman::json::schema {
namespace {

// RFC 3986, appendix B. Each part with its delimiter, so that joining them gives the text back.
struct Parts {
  std::string_view scheme;     // "http:"
  std::string_view authority;  // "//host"
  std::string_view path;
  std::string_view query;     // "?q"
  std::string_view fragment;  // "#f"
};

bool is_scheme(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && letter(text.front()) && std::ranges::all_of(text, [letter](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

// Takes the first `size` bytes off `text`.
std::string_view take(std::string_view& text, std::size_t size) {
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(taken.size());
  return taken;
}

Parts split(std::string_view text) {
  Parts parts;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && is_scheme(text.substr(0, colon))) parts.scheme = take(text, colon + 1);
  if (text.starts_with("//")) parts.authority = take(text, text.find_first_of("/?#", 2));
  parts.path = take(text, text.find_first_of("?#"));
  parts.query = take(text, text.find('#'));
  parts.fragment = text;
  return parts;
}

// RFC 3986, section 5.2.4.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("../")) {
      path.remove_prefix(3);
    } else if (path.starts_with("./") || path.starts_with("/./")) {
      path.remove_prefix(2);
    } else if (path == "/.") {
      path = "/";
    } else if (path.starts_with("/../") || path == "/..") {
      path = path.size() == 3 ? std::string_view("/") : path.substr(3);
      const std::size_t slash = out.rfind('/');
      out.erase(slash == std::string::npos ? 0 : slash);
    } else if (path == "." || path == "..") {
      path = {};
    } else {
      out += take(path, path.find('/', 1));
    }
  }
  return out;
}

// RFC 3986, section 5.2.3.
std::string merged(const Parts& base, std::string_view path) {
  if (!base.authority.empty() && base.path.empty()) return "/" + std::string(path);
  const std::size_t slash = base.path.rfind('/');
  return std::string(base.path.substr(0, slash == std::string_view::npos ? 0 : slash + 1)) + std::string(path);
}

std::string join(std::string_view a, std::string_view b, std::string_view c, std::string_view d, std::string_view e) {
  std::string out;
  for (const std::string_view part : {a, b, c, d, e}) out += part;
  return out;
}

}  // namespace

std::string resolve_reference(std::string_view base, std::string_view reference) {
  const Parts from = split(base);
  const Parts to = split(reference);
  if (!to.scheme.empty()) return join(to.scheme, to.authority, without_dots(to.path), to.query, to.fragment);
  if (!to.authority.empty()) return join(from.scheme, to.authority, without_dots(to.path), to.query, to.fragment);
  if (to.path.empty()) {
    return join(from.scheme, from.authority, from.path, to.query.empty() ? from.query : to.query, to.fragment);
  }
  const std::string path = without_dots(to.path.front() == '/' ? std::string(to.path) : merged(from, to.path));
  return join(from.scheme, from.authority, path, to.query, to.fragment);
}

Fragmented split_fragment(std::string_view uri) {
  const std::size_t hash = uri.find('#');
  if (hash == std::string_view::npos) return {uri, {}};
  return {uri.substr(0, hash), uri.substr(hash + 1)};
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    if (coded) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace pointsman::json::schema
