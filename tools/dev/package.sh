# shellcheck shell=bash
# ./dev package: the Debian package of the release build, build/package/pointsman_VERSION_ARCH.deb, and a look at it.

command_package() {
  local folder=build/package deb
  (($# == 0)) || die "package: unknown argument $1" "./dev package"
  plan_steps 4
  step "setup: packages"
  setup
  step "build: the program and its manual page (preset release)"
  build_release pointsman package_files
  step "package: cpack"
  rm -rf "$folder"
  # The time of the last commit, so that the same sources give the same package.
  SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)} \
    cpack --config build/release/CPackConfig.cmake -B "$folder" >"build/package.log" 2>&1 ||
    { tail -n 30 build/package.log >&2 && die "cpack failed" "The whole output is in build/package.log."; }
  rm -rf "$folder/_CPack_Packages"
  deb=$(find "$folder" -name 'pointsman_*.deb')
  [[ -f $deb ]] || die "cpack left no package in $folder"
  step "test: the package, unpacked and installed into a root of its own"
  POINTSMAN_DEB="$PWD/$deb" python3 -B tests/e2e/package_test.py >&2 || die "the package is not in order (see above)"
  note "packaged: $deb"
}
