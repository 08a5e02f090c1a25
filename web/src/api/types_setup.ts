// Keys, providers, configuration, audit, playground.
// Part of types.ts, by the same rules.

import type { Percentiles } from "./types";
import type { Nearest, WordWeight } from "./types_decision";

// ---- keys ----

export interface Keys {
  keys: Key[];
  owners: Owner[];
}

export interface Key {
  id: string;
  name: string;
  owner: string;
  state: "live" | "expired" | "revoked";
  ends_with: string;
  created: string;
  expires: string | null;
  revoked: string | null;
  models: string[];
  categories: string[];
  budgets: Budget[];
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  concurrent: number | null;
  spent_this_month: Spend;
  days: DaySpend[];
  events: KeyEvent[];
}

export interface Owner {
  name: string;
  budgets: Budget[];
  days: DaySpend[];
}

export interface Budget {
  period: "day" | "week" | "month" | "total";
  dollars: number | null;
  tokens: number | null;
  begins: string | null;
  ends: string | null;
  spent: Spend;
  reserved_usd: number;
}

export interface Spend {
  dollars: number;
  tokens: number;
  requests: number;
  of_unknown_cost: number;
}

export interface DaySpend {
  day: string;
  dollars: number;
  tokens: number;
}

export interface KeyEvent {
  at: string;
  who: string;
  kind: string;
  detail: string;
}

export interface NewKey {
  name: string;
  owner?: string;
  expires_days?: number;
  budget_month_usd?: number;
}

export interface RotateBody {
  grace_seconds: number;
}

export interface KeySecret {
  name: string;
  secret: string;
}

// ---- providers ----

export interface Providers {
  since: string;
  until: string;
  providers: Provider[];
}

export interface Provider {
  name: string;
  kind: string;
  requests: number;
  errors: number;
  rate_limited: number;
  models: ProviderModel[];
}

export interface ProviderModel {
  name: string;
  upstream: string;
  breaker: "closed" | "open" | "half_open";
  rests_until: string | null;
  requests: number;
  errors: number;
  rate_limited: number;
  first_byte_us: Percentiles;
  price: ModelPrice;
}

export interface ModelPrice {
  input: number | null;
  output: number | null;
  cached_input: number | null;
  source: string;
  verified: string | null;
}

// ---- configuration and audit ----

export interface ConfigView {
  path: string;
  version: string;
  loaded: string;
  values: ConfigValue[];
  yaml: string;
  file_yaml: string;
  file_version: string;
  file_problems: ConfigProblem[];
}

export interface ConfigValue {
  key: string;
  value: string;
  origin: "default" | "file" | "catalogue" | "environment";
  place: string;
  secret: boolean;
}

export interface ValidateBody {
  yaml: string;
}

export interface ValidateAnswer {
  ok: boolean;
  version: string;
  problems: ConfigProblem[];
  changes: ConfigChange[];
}

export interface ConfigProblem {
  line: number;
  column: number;
  key: string;
  message: string;
}

export interface ConfigChange {
  key: string;
  before: string | null;
  after: string | null;
}

export interface AuditPage {
  items: AuditEvent[];
  next: string | null;
}

export interface AuditEvent {
  number: number;
  at: string;
  who: string;
  kind: string;
  subject: string;
  detail: string;
  from: string;
}

// ---- playground ----

export interface RouteBody {
  text: string;
  context?: string;
}

export interface RouteAnswer {
  decision: RouteDecision;
  nearest: Nearest[];
  words: WordWeight[];
}

export interface RouteDecision {
  object: "route.decision";
  category: string | null;
  confidence: number | null;
  threshold: number | null;
  threshold_from: string;
  stage: string;
  reason: string;
  fallback: boolean;
  escalated: boolean;
  shift: boolean;
  model: string;
  candidates: RouteCandidate[];
  excluded: string[];
  probabilities: Record<string, number>;
  rule_hits: string[];
  policy_version: string;
  classifier_version: string;
  classify_us: number;
  promise?: string | null;
  requirements?: unknown;
  continuity?: unknown;
  corrected_before?: unknown;
  encoder?: unknown;
  llm?: unknown;
}

export interface RouteCandidate {
  model: string;
  provider: string;
  from: string;
  healthy: boolean;
  expected_cost_usd: number | null;
}

export interface RunBody {
  text?: string;
  decision_id?: string;
  model?: string;
  max_output_tokens: number;
}

export interface RunAnswer {
  decision_id: string;
  model: string;
  provider: string;
  category: string;
  status: number;
  answer: string;
  cut: boolean;
  input_tokens: number | null;
  output_tokens: number | null;
  cost_usd: number | null;
  first_byte_us: number;
  total_us: number;
}
