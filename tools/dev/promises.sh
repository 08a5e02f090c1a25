# shellcheck shell=bash
# ./dev promises: tries what docs/promises.md promises and prints a line for each (tests/promises/run.py).
#
# Some references and tools are needed by nothing else (packaging/promise-packages.txt): --install installs them; without
# them the promises that need them say so and are skipped.

promise_list=packaging/promise-packages.txt

# Offers what is missing; installs it when asked to.
promise_packages() {
  local missing
  mapfile -t missing < <(package_list=$promise_list missing_packages)
  ((${#missing[@]} > 0)) || return 0
  if [[ $1 == no ]]; then
    note "promises: not installed: ${missing[*]}; some promises will be skipped (./dev promises --install)"
    return 0
  fi
  as_root apt-get update -q </dev/null >&2 || die "apt-get update failed"
  install_packages "${missing[@]}" || die "apt-get could not install: ${missing[*]}"
}

command_promises() {
  local install=no given=()
  while (($# > 0)); do
    case $1 in
      --install) install=yes ;;
      *) given+=("$1") ;;
    esac
    shift
  done
  plan_steps 3
  step "setup: packages"
  setup
  promise_packages "$install"
  step "build: the program (preset release)"
  if [[ -z ${POINTSMAN_BINARY:-} ]]; then
    build_release pointsman
    export POINTSMAN_BINARY="$PWD/build/release/pointsman"
  fi
  export POINTSMAN_DATA="${POINTSMAN_DATA:-$PWD/../shared/data}"
  step "promises: ${given[*]:-all}"
  python3 -B tests/promises/run.py "${given[@]}"
}
