// Which lines of a text were taken out and put in: longest common subsequence over lines, with equal beginnings and ends
// set aside first. Pure; for texts of some thousands of lines.

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
  before: number | null; // line numbers, from 1
  after: number | null;
}

export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split("\n");
  const b = after.split("\n");
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) ++head;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) ++tail;
  const lines: DiffLine[] = [];
  for (let i = 0; i < head; ++i) lines.push({ kind: "same", text: a[i] ?? "", before: i + 1, after: i + 1 });
  lines.push(...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), head));
  for (let i = tail; i > 0; --i) {
    lines.push({ kind: "same", text: a[a.length - i] ?? "", before: a.length - i + 1, after: b.length - i + 1 });
  }
  return lines;
}

function middle(a: string[], b: string[], head: number): DiffLine[] {
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; --i) {
    for (let j = b.length - 1; j >= 0; --j) {
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i] ?? "", before: head + ++i, after: head + ++j });
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: "removed", text: a[i] ?? "", before: head + ++i, after: null });
    } else {
      lines.push({ kind: "added", text: b[j] ?? "", before: null, after: head + ++j });
    }
  }
  return lines;
}

// Only changes, with `around` lines of what is beside them; a gap is null.
export function hunks(lines: readonly DiffLine[], around = 3): (DiffLine | null)[] {
  const shown = new Set<number>();
  lines.forEach((line, at) => {
    if (line.kind === "same") return;
    for (let i = at - around; i <= at + around; ++i) shown.add(i);
  });
  const out: (DiffLine | null)[] = [];
  let gap = false;
  lines.forEach((line, at) => {
    if (shown.has(at)) {
      out.push(line);
      gap = false;
    } else if (!gap) {
      out.push(null);
      gap = true;
    }
  });
  return shown.size === 0 ? [] : out;
}
