// Labelling by keys: what a key means, as learn/label_session.h has it for the terminal.
//   1-9 choose, 0 or n none of them, s skip, u undo, ? help, Escape leaves help or the search, / searches where there
//   are more than nine.
// Pure.

export type ReviewAction =
  | { kind: "nothing" }
  | { kind: "answer"; category: string | null }
  | { kind: "skip" }
  | { kind: "undo" }
  | { kind: "help" }
  | { kind: "close" }
  | { kind: "search" };

// `choices` are the categories that have keys, in their order.
export function reviewAction(key: string, choices: readonly string[]): ReviewAction {
  if (/^[1-9]$/.test(key)) {
    const category = choices[Number(key) - 1];
    return category === undefined ? { kind: "nothing" } : { kind: "answer", category };
  }
  switch (key) {
    case "0":
    case "n":
      return { kind: "answer", category: null };
    case "s":
      return { kind: "skip" };
    case "u":
      return { kind: "undo" };
    case "?":
      return { kind: "help" };
    case "/":
      return { kind: "search" };
    case "Escape":
      return { kind: "close" };
    default:
      return { kind: "nothing" };
  }
}

// The nine likeliest where there are more, else all in the configuration's order; a search narrows all of them down.
export function choicesOf(categories: readonly string[], likely: readonly number[], search: string): string[] {
  const wanted = search.trim().toLowerCase();
  if (wanted !== "") return categories.filter((one) => one.toLowerCase().includes(wanted)).slice(0, 9);
  if (categories.length <= 9) return [...categories];
  return categories
    .map((name, at) => ({ name, p: likely[at] ?? 0 }))
    .sort((a, b) => b.p - a.p)
    .slice(0, 9)
    .map((one) => one.name);
}
