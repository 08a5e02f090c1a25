# shellcheck shell=bash
# ./dev lint: clang-format and clang-tidy over the files that differ from the main branch, or over all with --all.

all_sources() { git ls-files --cached --others --exclude-standard -- 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' 'bench/*.cc' 'fuzz/*.cc'; }

# Files that differ from where this branch left main, staged or not, and new ones.
changed_sources() {
  local base=HEAD ref
  for ref in origin/main main; do
    if git rev-parse -q --verify "$ref" >/dev/null; then base=$(git merge-base HEAD "$ref") && break; fi
  done
  comm -12 <(all_sources | sort) \
    <({ git diff --name-only --diff-filter=d "$base" && git ls-files --others --exclude-standard; } | sort -u)
}

# The .cc files to analyse for the given files: themselves, and for a header the file of the same name beside it, or
# else one that includes it.
translation_units() {
  local file twin
  for file in "$@"; do
    if [[ $file == *.cc ]]; then
      printf '%s\n' "$file"
      continue
    fi
    twin=${file%.h}.cc
    if [[ -f $twin ]]; then
      printf '%s\n' "$twin"
    else
      grep -rlF --include='*.cc' "\"${file#*/}\"" src tests bench fuzz 2>/dev/null | head -n 1 || true
    fi
  done | sort -u
}

lint_format() {
  clang-format-19 --dry-run -Werror "$@" ||
    { note "formatting differs; to mend it: clang-format-19 -i ${*:1:8}$( (($# <= 8)) || printf ' ...')" && return 1; }
}

lint_tidy() {
  local known
  # Only files the dev preset compiles have a command to analyse them with.
  known=$(sed -n 's/^ *"file": "\(.*\)",*$/\1/p' build/dev/compile_commands.json)
  local unit units=()
  for unit in "$@"; do
    if grep -qxF "$PWD/$unit" <<<"$known"; then units+=("$unit"); else note "  not in the dev build, not analysed: $unit"; fi
  done
  ((${#units[@]} > 0)) || return 0
  printf '%s\0' "${units[@]}" |
    xargs -0 -n 1 -P "$(cores)" clang-tidy-19 -p build/dev --quiet --warnings-as-errors='*' 2> >(
      grep -v -E '^[0-9]+ warnings? (generated|treated)|^Suppressed |^Use -header-filter' >&2 || true)
}

lint_shell() {
  if ! command -v shellcheck >/dev/null; then
    note "  shellcheck is not installed: the shell scripts were not checked (apt-get install shellcheck)"
    return 0
  fi
  shellcheck -x -a dev .ci/run
}

command_lint() {
  local files units failed=()
  case ${1:-} in
    --all) mapfile -t files < <(all_sources) ;;
    '') mapfile -t files < <(changed_sources) ;;
    *) die "lint: unknown argument $1" "./dev lint [--all]" ;;
  esac
  plan_steps 4
  step "setup: packages"
  setup
  step "shell scripts: shellcheck"
  lint_shell || failed+=(shellcheck)
  if ((${#files[@]} == 0)); then
    note "no C++ file differs from the main branch (./dev lint --all looks at all)"
  else
    step "clang-format: ${#files[@]} files"
    lint_format "${files[@]}" || failed+=(clang-format)
    configure dev
    mapfile -t units < <(translation_units "${files[@]}")
    step "clang-tidy: ${#units[@]} files"
    lint_tidy "${units[@]}" || failed+=(clang-tidy)
  fi
  ((${#failed[@]} == 0)) || die "lint: ${failed[*]} found something (see above)"
  note "lint: clean"
}
