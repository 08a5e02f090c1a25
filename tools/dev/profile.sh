# shellcheck shell=bash
# ./dev profile: what the compiler is told of how the program runs, packaging/release.profdata. To be made anew when the
# way of a request has changed much; until then the compiler knows nothing of what is new, and everything works.

profile_file=packaging/release.profdata

command_profile() {
  local counts=build/profile/counts
  (($# == 0)) || die "profile: unknown argument $1" "./dev profile"
  plan_steps 4
  step "setup: packages"
  setup
  step "build: a program that counts what runs (preset profile)"
  build_preset profile pointsman
  step "profile: requests of all kinds"
  rm -rf "$counts" && mkdir -p "$counts"
  python3 -B tools/dev/profile_load.py build/profile/pointsman "$counts" || die "the program did not do its work (see above)"
  step "profile: $profile_file"
  llvm-profdata-19 merge --sparse -o "$profile_file" "$counts"/*.profraw || die "llvm-profdata failed"
  note "profiled: $profile_file ($(($(stat -c %s "$profile_file") / 1024)) KiB); ./dev build uses it"
}
