# shellcheck shell=bash
# ./dev setup: the Debian packages of packaging/debian-packages.txt, and nothing but them; then the vocabularies
# (vocabulary.sh), which are data.

package_list=packaging/debian-packages.txt

# What the stamp holds: the list, and the state of dpkg's database. Either changes, the check runs again.
setup_state() {
  sha256sum "$package_list"
  stat -c '%d:%i:%Y:%s' /var/lib/dpkg/status
}

# Prints the packages of the list that are neither installed nor stood in for by a command.
missing_packages() {
  local package stand_in installed
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
  while read -r package stand_in _; do
    [[ -n $package && $package != \#* ]] || continue
    if [[ $stand_in == \?* ]] && command -v "${stand_in#\?}" >/dev/null; then continue; fi
    grep -qxF "$package" <<<"$installed" || printf '%s\n' "$package"
  done <"$package_list"
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "installing packages needs root, and sudo is not here" "Run as root: ./dev setup"
  fi
}

# Installs without starting the services the packages bring (the tests start nginx themselves, on a free port).
install_packages() {
  local policy=/usr/sbin/policy-rc.d own_policy=no status=0
  if [[ ! -e $policy ]]; then
    own_policy=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o Dpkg::Use-Pty=0 "$@" </dev/null >&2 || status=$?
  [[ $own_policy == no ]] || as_root rm -f "$policy"
  keep_from_boot "$@"
  return "$status"
}

# Debian has what it installs started at the next boot. Of these packages only the programs are wanted; the tests start
# servers of their own.
keep_from_boot() {
  local service
  command -v systemctl >/dev/null || return 0
  for service in prometheus haproxy h2o postgresql redis-server; do
    [[ " $* " == *" $service "* ]] || continue
    as_root systemctl disable --quiet "$service.service" >&2 || true
  done
}

# setup [again]: the word makes it try again what may fail.
setup() {
  install_listed
  fetch_vocabularies "$@"
}

install_listed() {
  local stamp=build/.setup missing
  if [[ -n ${POINTSMAN_SKIP_SETUP:-} ]]; then return 0; fi
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this is not Debian: ./dev setup knows Debian 12 packages only" \
      "Install what $package_list lists by other means, then: export POINTSMAN_SKIP_SETUP=1"
  fi
  if [[ -f $stamp && $(<"$stamp") == "$(setup_state)" ]]; then return 0; fi

  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} > 0)); then
    note "setup: installing ${#missing[@]} Debian packages: ${missing[*]}"
    as_root apt-get update -q </dev/null >&2 ||
      die "apt-get update failed" "Is there a network, and does /etc/apt name a Debian 12 mirror?"
    install_packages "${missing[@]}" ||
      die "apt-get could not install: ${missing[*]}" "On Debian 12 (bookworm) all of them are in the main section."
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]} == 0)) || die "still missing after the installation: ${missing[*]}"
  fi
  mkdir -p build
  setup_state >"$stamp"
}
