# shellcheck shell=bash
# ./dev test: every check there is, in stages. A failing stage does not stop the ones after it.
#
# Each stage leaves build/test/<stage>.* behind; tools/dev/tally.py adds them up for the closing lines.

results=build/test

# run_ctest PRESET LABELS NAME: one ctest run with its log, JUnit file and, for each GoogleTest program, its own report.
run_ctest() {
  local preset=$1 labels=$2 name=$3
  rm -rf "$results/$name.gtest" && mkdir -p "$results/$name.gtest"
  GTEST_OUTPUT="json:$PWD/$results/$name.gtest/" \
    ctest --test-dir "build/$preset" -L "^($labels)\$" --parallel "$(cores)" --output-on-failure --no-tests=error \
    --output-junit "$PWD/$results/$name.junit.xml" </dev/null 2>&1 | tee "$results/$name.ctest.log"
}

stage_checks() { python3 tools/run_checks.py --results "$results/checks.tsv"; }

stage_asan() {
  build_preset asan
  run_ctest asan "$1" asan
}

stage_e2e() {
  build_release
  POINTSMAN_BINARY="$PWD/build/release/pointsman" run_ctest release e2e e2e
}

stage_fuzz() {
  local names status=0
  mapfile -t names < <(fuzz_names)
  ((${#names[@]} > 0)) || die "there are no fuzz targets: fuzz/*_fuzz.cc matches nothing"
  build_preset asan "${names[@]}"
  run_fuzz "${fuzz_seconds:-60}" 1 "${names[@]}" || status=1
  cp build/fuzz/results "$results/fuzz.results"
  return "$status"
}

# run_stage KEY TITLE RERUN FUNCTION [ARGUMENT]: keeps going whatever happens, and remembers. KEY is the name of the
# stage's files in the results folder.
run_stage() {
  local key=$1 title=$2 rerun=$3 began=$SECONDS status
  shift 3
  step "$title"
  set +e
  (
    set -e
    "$@"
  )
  status=$?
  set -e
  local word="${green}passed${plain}"
  if ((status != 0)); then
    word="${red}FAILED${plain}"
    printf '%s\t%s\n' "$key" "$rerun" >>"$results/failed"
  fi
  printf '%-44s %s  %s\n' "$title" "$word" "$(clock $((SECONDS - began)))" >>"$results/stages"
}

print_summary() {
  local log
  printf '\n%s\n' "---- ./dev test: summary ----"
  cat "$results/stages"
  if [[ -f $results/failed ]]; then
    printf '\nTo run only what failed:\n'
    cut -f 2 "$results/failed" | sed 's/^/  /'
  fi
  for log in "$results"/*.ctest.log; do
    [[ -e $log ]] || continue
    log=${log##*/}
    printf '\nctest (%s):\n' "${log%.ctest.log}"
    sed -n '/tests passed,/,$p' "$results/$log"
  done
  printf '\n'
  python3 tools/dev/tally.py "$results"
}

command_test() {
  local wanted=() labels
  while (($# > 0)); do
    case $1 in
      checks | unit | integration | e2e | fuzz) wanted+=("$1") ;;
      --seconds) fuzz_seconds=${2:?--seconds needs a number} && shift ;;
      *) die "test: unknown stage '$1'" "./dev test [checks] [unit] [integration] [e2e] [fuzz] [--seconds N]" ;;
    esac
    shift
  done
  ((${#wanted[@]} > 0)) || wanted=(checks unit integration e2e fuzz)
  exec </dev/null
  export POINTSMAN_DATA="${POINTSMAN_DATA:-$PWD/../shared/data}"
  [[ -d $POINTSMAN_DATA ]] || note "no data at $POINTSMAN_DATA: tests that need public data will say so and be skipped"
  rm -rf "$results" && mkdir -p "$results"

  has() { [[ " ${wanted[*]} " == *" $1 "* ]]; }
  labels=$({ ! has unit || echo unit; } && { ! has integration || echo integration; })
  labels=${labels//$'\n'/|}
  plan_steps $((1 + $(has checks && echo 1 || echo 0) + $([[ -n $labels ]] && echo 1 || echo 0) + \
    $(has e2e && echo 1 || echo 0) + $(has fuzz && echo 1 || echo 0)))
  step "setup: packages"
  setup
  if has checks; then run_stage checks "checks" "./dev test checks" stage_checks; fi
  if [[ -n $labels ]]; then
    run_stage asan "${labels//|/ and } tests (ASan, UBSan)" "./dev test ${labels//|/ }" stage_asan "$labels"
  fi
  if has e2e; then run_stage e2e "end-to-end tests (release)" "./dev test e2e" stage_e2e; fi
  if has fuzz; then run_stage fuzz "fuzz targets (ASan, UBSan)" "./dev test fuzz" stage_fuzz; fi
  print_summary
  [[ ! -f $results/failed ]]
}
