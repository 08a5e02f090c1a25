// Tables as CSV (RFC 4180), safe to open in a spreadsheet.
// Pure.

export type Cell = string | number | boolean | null | undefined;

// A cell that a spreadsheet would take for a formula gets an apostrophe before it; numbers are left alone.
export function csvCell(value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// Lines end with CR LF.
export function toCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => row.map(csvCell).join(",") + "\r\n").join("");
}
