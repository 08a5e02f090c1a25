// Who may sign in to the dashboard: names, the argon2id hashes of their passwords, and what each may do.
//
// One per process; safe from any thread. check() takes a tenth of a second and 64 MiB by design (RFC 9106), one caller
// after the other: never on an event loop.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"

namespace pointsman::admin {

// argon2id of the password with a new salt, as text ("$argon2id$v=19$..."). kInternal where there is no memory for it.
base::Result<std::string> hash_password(std::string_view password);
// Whether the password is the one of the hash.
bool password_fits(std::string_view hash, std::string_view password);
// 24 letters and digits that nobody can guess (142 bits).
base::Result<std::string> make_password();

std::string_view to_string(config::AdminRole role);

class Accounts {
 public:
  // The configured users; whoever is not among them can neither sign in nor go on.
  void use(std::vector<config::AdminUser> users);

  // The role of the user with that password. Takes as long where there is no such user.
  std::optional<config::AdminRole> check(std::string_view user, std::string_view password);
  // The user's present role.
  std::optional<config::AdminRole> role_of(std::string_view user) const;

 private:
  mutable std::mutex mutex_;
  std::mutex hashing_;
  std::vector<config::AdminUser> users_;
};

}  // namespace pointsman::admin
