# shellcheck shell=bash
# ./dev fuzz: runs the libFuzzer programs of the asan build side by side, one per core, each on a copy of its corpus.
#
# build/fuzz/<name>/ holds the working corpus, the log and any input that broke the program; build/fuzz/results has one
# line "passed NAME" or "failed NAME" for each target. `./dev test` runs them with the same seed each time, so that a
# change is judged by what it changes; `./dev fuzz` draws one anew and is for finding what nobody has seen yet.

fuzz_names() {
  local file
  for file in fuzz/*_fuzz.cc; do
    [[ -e $file ]] || continue
    file=${file##*/}
    printf '%s\n' "${file%.cc}"
  done
}

# show_input FILE: so that it can be had from a log.
show_input() {
  note "        its input, in base64 of gzip:"
  gzip -9nc "$1" | base64 -w 110 | sed 's/^/        /' >&2
}

# fuzz_one NAME SECONDS SEED
fuzz_one() {
  local name=$1 seconds=$2 seed=$3 place=build/fuzz/$1 corpus=fuzz/corpus/${1%_fuzz} extra=() began=$SECONDS broke
  rm -rf "$place"
  mkdir -p "$place/corpus"
  if [[ -d $corpus ]]; then cp -R "$corpus/." "$place/corpus/"; fi
  if [[ -f fuzz/$name.dict ]]; then extra+=("-dict=fuzz/$name.dict"); fi
  if "build/asan/fuzz/$name" "$place/corpus" "-max_total_time=$seconds" "-seed=$seed" -timeout=10 -rss_limit_mb=2048 \
    "-artifact_prefix=$place/" -print_final_stats=1 "${extra[@]}" >"$place/log" 2>&1 </dev/null; then
    printf 'passed %s\n' "$name" >>build/fuzz/results
    note "  ok    $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$place/log") inputs in" \
      "$(clock $((SECONDS - began)))"
  else
    printf 'failed %s\n' "$name" >>build/fuzz/results
    note "  ${red}FAIL${plain}  $name: the end of $place/log:"
    grep -v '^stat::' "$place/log" | tail -n 25 | sed 's/^/        /' >&2
    broke=$(find "$place" -maxdepth 1 -name '*-*' -type f | head -n 1)
    note "        again: build/asan/fuzz/$name $broke"
    [[ -z $broke ]] || show_input "$broke"
  fi
}

# run_fuzz SECONDS SEED NAME...: needs the asan build. Fails when any target fails. Seed 0: drawn anew for each target.
run_fuzz() {
  local seconds=$1 seed=$2 name jobs rounds
  shift 2
  jobs=$(cores)
  rounds=$((($# + jobs - 1) / jobs))
  mkdir -p build/fuzz
  : >build/fuzz/results
  note "fuzz: $# targets, $seconds s each, $jobs at a time: about $(clock $((rounds * seconds)))"
  for name in "$@"; do
    while (($(jobs -pr | wc -l) >= jobs)); do wait -n || true; done
    fuzz_one "$name" "$seconds" "$seed" &
  done
  wait
  ! grep -q '^failed' build/fuzz/results
}

command_fuzz() {
  local seconds=60 names=() known
  while (($# > 0)); do
    case $1 in
      --seconds) seconds=${2:?--seconds needs a number} && shift ;;
      --seconds=*) seconds=${1#*=} ;;
      -*) die "fuzz: unknown option $1" "./dev fuzz [target] [--seconds N]" ;;
      *) names+=("${1%_fuzz}_fuzz") ;;
    esac
    shift
  done
  [[ $seconds =~ ^[1-9][0-9]*$ ]] || die "--seconds takes a whole number above 0, not '$seconds'"
  mapfile -t known < <(fuzz_names)
  ((${#known[@]} > 0)) || die "there are no fuzz targets: fuzz/*_fuzz.cc matches nothing"
  ((${#names[@]} > 0)) || names=("${known[@]}")
  local name
  for name in "${names[@]}"; do
    [[ -f fuzz/$name.cc ]] || die "there is no fuzz target '${name%_fuzz}'" "There are: ${known[*]%_fuzz}"
  done
  plan_steps 3
  step "setup: packages"
  setup
  step "build: fuzz targets (preset asan)"
  build_preset asan "${names[@]}"
  step "fuzz"
  run_fuzz "$seconds" 0 "${names[@]}" || die "a fuzz target failed (see above)"
}
