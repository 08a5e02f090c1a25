// What the admin API answers and takes, as docs/admin-api.md shows it (a test holds the two equal).
//
// Only interfaces and unions, so that a small reader (tests/web/contract.py) can check real answers against them. Times
// are ISO 8601 in UTC with microseconds; amounts are dollars; what is unknown is null, never 0. Members of an entry
// have the names of src/ledger/entry_json.cc.

export * from "./types_decision";
export * from "./types_learning";
export * from "./types_setup";

export type Role = "viewer" | "labeller" | "admin";

export interface ErrorBody {
  error: ErrorDetail;
}

export interface ErrorDetail {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

export interface LoginBody {
  user: string;
  password: string;
}

export interface Session {
  user: string;
  role: Role;
  expires: string;
}

export interface Done {
  done: boolean;
}

// ---- status ----

export interface Status {
  version: string;
  started: string;
  now: string;
  base_url: string;
  policy_version: string;
  classifier_version: string;
  categories: CategoryInfo[];
  models: string[];
  fallback: string[];
  keys: string[];
  ledger: LedgerInfo;
  health: HealthItem[];
}

export interface CategoryInfo {
  name: string;
  description: string;
  models: string[];
  threshold: number | null;
  certified: boolean;
}

export interface LedgerInfo {
  entries: number;
  oldest: string | null;
  newest: string | null;
  bytes: number;
  max_bytes: number;
  store_prompts: boolean;
}

export interface HealthItem {
  what: string;
  state: "ok" | "warn" | "bad";
  text: string;
  fix: string;
}

// ---- savings and overview ----

export interface SavingsReport {
  by: "route" | "model" | "day" | "key" | "owner";
  total: Savings;
  lines: Savings[];
  days: Savings[];
}

export interface Savings {
  name: string;
  baseline_models: string[];
  requests: number;
  excluded: number;
  replayed: number;
  conversations: number;
  low_sample: boolean;
  cost_usd: number;
  of_cost: CostParts;
  baseline_usd: number;
  saved_usd: number;
  saved_share: number | null;
  interval_95: number[] | null;
}

export interface CostParts {
  discarded_usd: number;
  classification_usd: number;
  summaries_usd: number;
}

export interface Overview {
  since: string;
  until: string;
  requests: number;
  errors: number;
  fallbacks: number;
  overhead_us: Percentiles;
  first_byte_us: Percentiles;
  categories: ShareLine[];
  models: ShareLine[];
  fallback_reasons: ShareLine[];
  step_seconds: number;
  points: OverviewPoint[];
}

export interface Percentiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface ShareLine {
  name: string;
  requests: number;
  cost_usd: number | null;
}

export interface OverviewPoint {
  at: string;
  requests: number;
  errors: number;
  fallbacks: number;
  cost_usd: number;
  baseline_usd: number;
  excluded: number;
  overhead_p50_us: number | null;
  overhead_p99_us: number | null;
}
