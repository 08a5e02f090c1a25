// Ties one line of the key table to a member of a configuration struct, with the match of types checked by the
// compiler. Included by the table only.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "config/schema.h"
#include "config/units.h"

namespace pointsman::config::bind {

template <class M>
struct OwnerOf;
template <class C, class M>
struct OwnerOf<M C::*> {
  using Owner = C;
  using Member = M;
};

// Which alternative of Value a member of type M travels as, and how it gets in and out.
template <class M>
struct Slot {
  using Alternative = M;
  static void set(M& member, M value) { member = std::move(value); }
  static std::optional<Value> get(const M& member) { return Value(member); }
};

template <>
struct Slot<std::string> {
  using Alternative = std::string;
  static void set(std::string& member, std::string value) { member = std::move(value); }
  static std::optional<Value> get(const std::string& member) {
    return member.empty() ? std::nullopt : std::optional<Value>(member);
  }
};

template <>
struct Slot<base::Secret> {
  using Alternative = base::Secret;
  static void set(base::Secret& member, base::Secret value) { member = std::move(value); }
  static std::optional<Value> get(const base::Secret& member) {
    return member.empty() ? std::nullopt : std::optional<Value>(member);
  }
};

template <class M>
  requires(std::integral<M> || std::is_enum_v<M>) && (!std::same_as<M, bool>)
struct Slot<M> {
  using Alternative = std::int64_t;
  static void set(M& member, std::int64_t value) { member = static_cast<M>(value); }
  static std::optional<Value> get(const M& member) { return Value(static_cast<std::int64_t>(member)); }
};

template <>
struct Slot<float> {
  using Alternative = double;
  static void set(float& member, double value) { member = static_cast<float>(value); }
  // The shortest decimal that is this float, so that 0.6 is printed as it was written.
  static std::optional<Value> get(const float& member) { return Value(shortest_double(member)); }
};

template <class E>
  requires std::is_enum_v<E>
struct Slot<std::vector<E>> {
  using Alternative = std::vector<std::int64_t>;
  static void set(std::vector<E>& member, const std::vector<std::int64_t>& value) {
    member.clear();
    for (const std::int64_t one : value) member.push_back(static_cast<E>(one));
  }
  static std::optional<Value> get(const std::vector<E>& member) {
    std::vector<std::int64_t> out;
    for (const E one : member) out.push_back(static_cast<std::int64_t>(one));
    return Value(std::move(out));
  }
};

template <>
struct Slot<llm::CapabilitySet> {
  using Alternative = std::vector<std::int64_t>;
  static void set(llm::CapabilitySet& member, const std::vector<std::int64_t>& value) {
    member = {};
    for (const std::int64_t one : value) member.add(static_cast<llm::Capability>(one));
  }
  static std::optional<Value> get(const llm::CapabilitySet& member) {
    std::vector<std::int64_t> out;
    for (std::int64_t i = 0; i < llm::kCapabilityCount; ++i) {
      if (member.has(static_cast<llm::Capability>(i))) out.push_back(i);
    }
    return Value(std::move(out));
  }
};

template <class T>
struct Slot<std::optional<T>> {
  using Alternative = typename Slot<T>::Alternative;
  static void set(std::optional<T>& member, Alternative value) { Slot<T>::set(member.emplace(), std::move(value)); }
  static std::optional<Value> get(const std::optional<T>& member) {
    return member ? Slot<T>::get(*member) : std::nullopt;
  }
};

template <Type type>
consteval auto alternative() {
  using enum Type;
  if constexpr (type == kSecret) {
    return std::type_identity<base::Secret>();
  } else if constexpr (type == kInteger || type == kWorkers || type == kSize || type == kChoice) {
    return std::type_identity<std::int64_t>();
  } else if constexpr (type == kBoolean) {
    return std::type_identity<bool>();
  } else if constexpr (type == kDuration) {
    return std::type_identity<Milliseconds>();
  } else if constexpr (type == kShare || type == kFactor || type == kProbability) {
    return std::type_identity<double>();
  } else if constexpr (type == kPrice) {
    return std::type_identity<base::TokenPrice>();
  } else if constexpr (type == kMoney) {
    return std::type_identity<base::Money>();
  } else if constexpr (type == kUrl) {
    return std::type_identity<Url>();
  } else if constexpr (type == kAddress) {
    return std::type_identity<Address>();
  } else if constexpr (type == kStrings) {
    return std::type_identity<std::vector<std::string>>();
  } else if constexpr (type == kChoices) {
    return std::type_identity<std::vector<std::int64_t>>();
  } else if constexpr (type == kHeaders) {
    return std::type_identity<std::vector<Header>>();
  } else {
    return std::type_identity<std::string>();
  }
}

// A key whose value is stored in `member` of Owner (or of its base).
template <Type type, auto member, class Owner = typename OwnerOf<decltype(member)>::Owner>
constexpr Key value(std::string_view name, std::string_view fallback, std::string_view doc) {
  using Member = typename OwnerOf<decltype(member)>::Member;
  using Alternative = typename Slot<Member>::Alternative;
  static_assert(std::same_as<Alternative, typename decltype(alternative<type>())::type>);
  Key key{.name = name, .type = type, .fallback = fallback, .doc = doc};
  key.set = [](void* object, Value given) {
    Slot<Member>::set(static_cast<Owner*>(object)->*member, std::get<Alternative>(std::move(given)));
  };
  key.get = [](const void* object) { return Slot<Member>::get(static_cast<const Owner*>(object)->*member); };
  return key;
}

template <class T>
struct Holder {
  static void* enter(T& member, std::string_view) { return &member; }
  static std::vector<Child> children(const T& member) { return {{"", &member}}; }
};

template <class T>
struct Holder<std::optional<T>> {
  static void* enter(std::optional<T>& member, std::string_view) { return &member.emplace(); }
  static std::vector<Child> children(const std::optional<T>& member) {
    return member ? std::vector<Child>{{"", &*member}} : std::vector<Child>{};
  }
};

template <class T>
struct Holder<std::vector<T>> {
  static void* enter(std::vector<T>& member, std::string_view name) {
    T& made = member.emplace_back();
    if constexpr (requires { made.name = std::string(name); }) {
      if (!name.empty()) made.name = std::string(name);
    }
    return &made;
  }
  static std::vector<Child> children(const std::vector<T>& member) {
    std::vector<Child> out;
    for (const T& one : member) {
      std::string name;
      if constexpr (requires { name = one.name; }) name = one.name;
      out.push_back({std::move(name), &one});
    }
    return out;
  }
};

// A key whose map or list of maps is stored in `member`.
template <Type type, auto member>
constexpr Key nested(std::string_view name, const Section& section, std::string_view doc) {
  static_assert(type == Type::kSection || type == Type::kNamedSections || type == Type::kSectionList);
  using Owner = typename OwnerOf<decltype(member)>::Owner;
  using Member = typename OwnerOf<decltype(member)>::Member;
  Key key{.name = name, .type = type, .doc = doc, .section = &section};
  key.enter = [](void* object, std::string_view child) {
    return Holder<Member>::enter(static_cast<Owner*>(object)->*member, child);
  };
  key.children = [](const void* object) {
    return Holder<Member>::children(static_cast<const Owner*>(object)->*member);
  };
  return key;
}

}  // namespace pointsman::config::bind
