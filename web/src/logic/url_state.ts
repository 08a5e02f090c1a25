// What a link to a page says: which page, what time, which filters, what is open. The address bar is the only store of
// it, so that every view can be sent to somebody.
// Pure.

export interface Location {
  page: string;
  query: Record<string, string>;
}

export const BASE = "/dashboard/";

export const FILTERS = ["category", "model", "stage", "outcome", "key", "fallback"] as const;
export type FilterName = (typeof FILTERS)[number];

export const DEFAULT_SINCE = "24h";

// Names that the page does not know stay as they are; of one that stands twice the last counts.
export function parseLocation(path: string, search: string): Location {
  const page = path.startsWith(BASE) ? path.slice(BASE.length).replace(/\/+$/, "") : "";
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(search)) if (value !== "") query[name] = value;
  return { page: page === "" ? "overview" : page, query };
}

// Names in alphabetical order, so that the same state is always the same link; the default time is left out.
export function formatLocation(location: Location): string {
  const search = new URLSearchParams();
  for (const name of Object.keys(location.query).sort()) {
    const value = location.query[name];
    if (value !== undefined && value !== "" && !(name === "since" && value === DEFAULT_SINCE)) search.set(name, value);
  }
  const text = search.toString();
  return BASE + (location.page === "overview" ? "" : location.page) + (text === "" ? "" : `?${text}`);
}

// Time and filters go along from page to page; what is open on one page does not.
export function carriedOver(query: Record<string, string>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ["since", "until", ...FILTERS]) {
    const value = query[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

export function changed(query: Record<string, string>, change: Record<string, string | null>): Record<string, string> {
  const next = { ...query };
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === "") delete next[name];
    else next[name] = value;
  }
  return next;
}

// The part of the query that the server is asked with.
export function rangeAndFilters(query: Record<string, string>): Record<string, string> {
  return { since: DEFAULT_SINCE, ...carriedOver(query) };
}

// "15m", "24h", "7d", or an instant; what else is written is no time.
export function isTime(text: string): boolean {
  if (/^[1-9]\d{0,4}[mhd]$/.test(text)) return true;
  return /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$/.test(text) && !Number.isNaN(Date.parse(text));
}
