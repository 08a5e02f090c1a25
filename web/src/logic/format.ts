// Numbers as people read them. What is unknown is said to be unknown.
// Pure.

export const UNKNOWN = "unknown";

// Six significant digits at most, never rounded to nothing: $0.000021.
export function dollars(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "$0";
  if (size >= 1000) return `${sign}$${size.toLocaleString("en-US", { maximumFractionDigits: 0 })}`;
  if (size >= 1) return `${sign}$${size.toFixed(2)}`;
  return `${sign}$${cents(trim(size.toPrecision(size >= 0.01 ? 3 : 2)))}`;
}

// Two decimals at least: $0.20, not $0.2.
function cents(text: string): string {
  return /\.\d$/.test(text) ? `${text}0` : text;
}

function trim(text: string): string {
  const plain = text.includes("e") ? Number(text).toFixed(9) : text;
  return plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
}

// Of parts that are all known; null if one is not.
export function sumOf(parts: readonly (number | null)[]): number | null {
  return parts.reduce<number | null>((sum, part) => (sum === null || part === null ? null : sum + part), 0);
}

export function signedDollars(value: number): string {
  return value > 0 ? `+${dollars(value)}` : dollars(value);
}

export function percent(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined) return UNKNOWN;
  return `${(value * 100).toFixed(digits).replace("-", "−")} %`;
}

export function signedPercent(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined) return UNKNOWN;
  return (value > 0 ? "+" : "") + percent(value, digits);
}

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : value.toLocaleString("en-US");
}

// 12,345 → 12.3k
export function compact(value: number): string {
  const size = Math.abs(value);
  for (const [unit, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]] as const) {
    if (size >= unit) return `${trim((value / unit).toPrecision(3))}${letter}`;
  }
  return trim(value.toPrecision(3));
}

export function duration(us: number | null | undefined): string {
  if (us === null || us === undefined) return UNKNOWN;
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1e6) return `${trim((us / 1000).toPrecision(3))} ms`;
  if (us < 60e6) return `${trim((us / 1e6).toPrecision(3))} s`;
  const seconds = Math.round(us / 1e6);
  const rest = seconds % 60;
  return rest === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
}

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  if (value < 1024 ** 2) return `${(value / 1024).toFixed(1)} KiB`;
  if (value < 1024 ** 3) return `${(value / 1024 ** 2).toFixed(1)} MiB`;
  return `${(value / 1024 ** 3).toFixed(2)} GiB`;
}

const two = (value: number): string => String(value).padStart(2, "0");

// UTC throughout: the ledger's time.
export function clock(iso: string): string {
  const at = new Date(iso);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
}

export function day(iso: string | Date): string {
  const at = new Date(iso);
  return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
}

export function minute(iso: string): string {
  return `${day(iso)} ${clock(iso).slice(0, 5)}`;
}

export function ago(iso: string, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - new Date(iso).getTime()) / 1000);
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

export function short(version: string): string {
  return version === "" ? "–" : version.slice(0, 12);
}

// Control and format characters (also those that turn the direction of text) as visible signs: what a prompt holds may
// not change how the page around it reads. Line breaks and tabs stay.
export function visible(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (one) => {
    const code = one.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "␡" : `⟨${code.toString(16).padStart(4, "0")}⟩`;
  });
}

export function firstLine(text: string, most = 160): string {
  const line = visible(text).replace(/\s+/g, " ").trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
