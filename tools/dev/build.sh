# shellcheck shell=bash
# ./dev build, demo and bench: configuring and building a preset of CMakePresets.json, and running what came out.

# ccache: results are shared between checkouts of the same sources.
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-time_macros,include_file_mtime,include_file_ctime}"

# configure PRESET: only when there is no build tree yet, or it was made from other presets or at another place.
configure() {
  local preset=$1 tree=build/$1 mark want
  mark=$tree/.configured want="$PWD $(sha256sum CMakePresets.json)"
  if [[ -f $tree/build.ninja && -f $mark && $(<"$mark") == "$want" ]]; then return 0; fi
  local log=build/configure-$preset.log
  mkdir -p build
  note "configure: preset $preset (log: $log)"
  if ! cmake --preset "$preset" --fresh >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "configuring the preset $preset failed" "The whole output is in $log."
  fi
  printf '%s\n' "$want" >"$mark"
}

# build_preset PRESET [TARGET...]: links never run more than two at a time (the presets' job pool).
build_preset() {
  local preset=$1
  shift
  configure "$preset"
  local targets=()
  (($# == 0)) || targets=(--target "$@")
  cmake --build --preset "$preset" --parallel "$(cores)" "${targets[@]}" >&2 ||
    die "building the preset $preset failed" "Again, with every command shown: cmake --build --preset $preset --verbose"
}

build_release() {
  build_preset release "$@"
  [[ -x build/release/pointsman ]] || die "the release build left no build/release/pointsman"
}

command_build() {
  local preset=${1:-release} began=$SECONDS
  grep -q "\"name\": \"$preset\", \"inherits\"" CMakePresets.json ||
    die "there is no preset '$preset'" "Presets: dev release asan tsan coverage tidy"
  plan_steps 2
  step "setup: packages"
  setup
  step "build: preset $preset"
  if [[ $preset == release ]]; then build_release; else build_preset "$preset"; fi
  note "built in $(clock $((SECONDS - began))): build/$preset"
}

command_demo() {
  plan_steps 3
  step "setup: packages"
  setup
  step "build: the program (preset release)"
  build_release pointsman
  if [[ " $* " == *" --replicas"* ]]; then
    step "demo: several gateways behind a balancer"
    exec python3 -B tools/dev/replicas_demo.py "$@"
  fi
  step "demo: build/release/pointsman demo $*"
  exec build/release/pointsman demo "$@"
}

list_benches() {
  local file
  for file in bench/*.py bench/*.sh bench/*.cc; do
    [[ -e $file ]] || continue
    file=${file##*/}
    printf '  %s\n' "${file%.*}"
  done | sort -u
}

command_bench() {
  local name=${1:-} file
  [[ -n $name ]] || die "which benchmark? ./dev bench NAME [--json]" "There are:"$'\n'"$(list_benches)"
  shift
  plan_steps 3
  step "setup: packages"
  setup
  step "build: preset release, with the benchmarks"
  build_release
  step "bench: $name $*"
  export POINTSMAN_BINARY="$PWD/build/release/pointsman" POINTSMAN_DATA="${POINTSMAN_DATA:-$PWD/../shared/data}"
  if [[ -f bench/$name.py ]]; then exec python3 "bench/$name.py" "$@"; fi
  if [[ -f bench/$name.sh ]]; then exec bash "bench/$name.sh" "$@"; fi
  if [[ -f bench/$name && -x bench/$name ]]; then exec "bench/$name" "$@"; fi
  for file in "build/release/bench/$name" "build/release/bench/${name}_bench"; do
    [[ -x $file ]] || continue
    # Google Benchmark has its own word for it.
    if [[ $file == *_bench ]]; then set -- "${@/#--json/--benchmark_format=json}"; fi
    "$file" "$@"
    return
  done
  die "there is no benchmark '$name'" "There are:"$'\n'"$(list_benches)"
}
