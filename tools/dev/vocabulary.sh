# shellcheck shell=bash
# The vocabularies that exact token counting needs: fetched once into build/vocabulary, from where every preset's build
# puts them into the program (src/vocabulary). Without a network everything else works.

vocabulary_folder=build/vocabulary

# fetch_vocabularies [again]: a failure is a note, and later commands do not try again unless told so: `./dev setup`.
fetch_vocabularies() {
  local file complete=yes mark=$vocabulary_folder/.failed
  for file in o200k_base.tiktoken cl100k_base.tiktoken TestPlans.txt; do
    [[ -s $vocabulary_folder/$file ]] || complete=no
  done
  if [[ $complete == yes ]]; then return 0; fi
  if [[ -e $mark && ${1:-} != again ]]; then return 0; fi
  mkdir -p "$vocabulary_folder"
  note "setup: fetching the vocabularies of o200k_base and cl100k_base (9 MB)"
  if python3 tools/dev/fetch_vocabularies.py "$vocabulary_folder"; then
    rm -f "$mark"
  else
    : >"$mark"
    note "setup: ${red}no vocabularies${plain}: what is built counts no tokens exactly, and the tests of that are" \
      "skipped. To try again: ./dev setup"
  fi
}
