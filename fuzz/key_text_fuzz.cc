// links: pm_ledger
// parses: ledger/key_text
// What a client sends as its key is any bytes. The first 32 also make a key: it has to be one, and no longer when one
// of its characters is changed.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ledger/key_text.h"

using pointsman::ledger::key_form;
using pointsman::ledger::KeyForm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const KeyForm form = key_form(text);
  if ((form == KeyForm::kForeign) != !text.starts_with(pointsman::ledger::kKeyPrefix)) std::abort();
  if (form == KeyForm::kKey && text.size() != pointsman::ledger::kKeyTextBytes) std::abort();

  std::array<unsigned char, pointsman::ledger::kKeyRandomBytes> random{};
  std::copy_n(data, std::min(size, random.size()), random.begin());
  std::string key(pointsman::ledger::key_text(random).reveal());
  if (key_form(key) != KeyForm::kKey) std::abort();
  if (size <= random.size()) return 0;
  const std::size_t at = 3 + data[random.size()] % (key.size() - 3);
  const char other = size > random.size() + 1 ? static_cast<char>(data[random.size() + 1]) : '0';
  if (key[at] == other) return 0;
  key[at] = other;
  if (key_form(key) != KeyForm::kMistyped) std::abort();
  return 0;
}
