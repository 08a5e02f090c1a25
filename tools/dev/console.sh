# shellcheck shell=bash
# What ./dev says while it works: numbered steps with the time they took, notes, and errors that end with what to do.
# Everything goes to standard error, so that a benchmark's JSON on standard output stays clean.

if [[ -t 2 && -z ${NO_COLOR:-} && -z ${CI:-} ]]; then
  bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  bold='' red='' green='' plain=''
fi

steps_total=0
step_number=0

note() { printf '%s\n' "$*" >&2; }

# die MESSAGE [WHAT_TO_DO]: ends the program.
die() {
  printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
  [[ $# -lt 2 ]] || printf '       %s\n' "$2" >&2
  exit 1
}

# clock SECONDS: "7 s" or "3 min 07 s".
clock() {
  if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}

plan_steps() { steps_total=$1 step_number=0; }

step() {
  step_number=$((step_number + 1))
  if ((step_number > steps_total)); then steps_total=$step_number; fi
  printf '%s[%d/%d] %s%s  (%s since start)\n' \
    "$bold" "$step_number" "$steps_total" "$*" "$plain" "$(clock "$SECONDS")" >&2
}

cores() { nproc 2>/dev/null || echo 2; }
