// One decision and all that is known of it; lists of decisions.
// Part of types.ts, by the same rules.

import type { FeedbackItem } from "./types_learning";

// ---- decisions ----

export interface DecisionPage {
  items: DecisionRow[];
  next: string | null;
  total: number;
}

export interface DecisionRow {
  id: string;
  started: string;
  category: string;
  probability: number | null;
  threshold: number;
  stage: string;
  reason: string;
  model: string;
  provider: string;
  status: number;
  outcome: Outcome;
  attempts: number;
  cost_usd: number | null;
  baseline_cost_usd: number | null;
  overhead_us: number;
  first_byte_us: number;
  total_us: number;
  key: string;
  text: string | null;
  labelled: string | null;
}

export type Outcome = "ok" | "client_error" | "upstream_error" | "cut" | "client_gone" | "gateway_error";

export interface Lagged {
  missed: number;
}

export interface DecisionDetail {
  entry: Entry;
  categories: string[];
  thresholds: CategoryThreshold[];
  replay: Replay;
  nearest: Nearest[];
  words: WordWeight[];
  rule: FiredRule | null;
  bill: BillLine[];
  feedback: FeedbackItem[];
}

export interface CategoryThreshold {
  category: string;
  threshold: number | null;
  certified: boolean;
}

export interface Replay {
  possible: boolean;
  agrees: boolean;
  says: string;
  excluded: string[];
}

export interface Nearest {
  category: string | null;
  likeness: number;
  text: string | null;
  source: string;
}

export interface WordWeight {
  what: string;
  text: string;
  weight: number;
}

export interface FiredRule {
  name: string;
  category: string;
  matches: string;
}

export interface BillLine {
  item: string;
  tokens: number | null;
  per_million_usd: number | null;
  amount_usd: number | null;
}

export interface Entry {
  id: string;
  started: string;
  requested_model: string;
  route_header: string;
  conversation: string;
  text_hash: string;
  text?: string;
  context?: string;
  features?: number;
  user?: string;
  key?: string;
  capabilities: string[];
  input_tokens_estimate: number;
  output_tokens_limit: number;
  stream: boolean;
  tool_result_turn: boolean;
  probabilities: (number | null)[];
  rule_hits: string[];
  encoder: string;
  llm?: Consultation;
  corrected_before?: Recall;
  passage?: Passage;
  unavailable: string[];
  category: string;
  probability: number | null;
  threshold: number | null;
  stage: string;
  reason: string;
  candidates: string[];
  order?: Ordering;
  exploration?: Exploration;
  continuity?: Continuity;
  fitting?: Fitting;
  policy_version: string;
  classifier_version: string;
  attempts: Attempt[];
  model: string;
  provider: string;
  status: number;
  outcome: Outcome;
  error: string;
  input_tokens: number | null;
  cached_input_tokens: number | null;
  cache_write_tokens?: number;
  service_tier?: string;
  long_cache_write_tokens?: number;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  cost_usd: number | null;
  baseline_cost_usd: number | null;
  bill?: Bill;
  classify_us: number;
  encoder_us: number;
  overhead_us: number;
  first_byte_us: number;
  total_us: number;
  request_bytes: number;
  response_bytes: number;
  truncated: boolean;
}

export interface Consultation {
  outcome: string;
  source: string;
  model: string;
  prompt_version: string;
  probabilities: (number | null)[];
  offered: number[];
  coverage: number | null;
  none_offered: boolean;
  cached: boolean;
  hedged: boolean;
  input_tokens: number | null;
  output_tokens: number | null;
  cost_usd: number | null;
  us: number;
}

export interface Recall {
  decision: string;
  category: string | null;
  likeness: number | null;
  memory: string;
}

export interface Passage {
  client: string;
  upstream?: string;
  losses: string[];
  drained_bytes?: number;
  json?: string;
}

export interface Ordering {
  strategy: string;
  drawn: string;
  lot: string;
  first_byte_us: Record<string, number>;
}

export interface Exploration {
  preferred: string;
  propensity: number | null;
}

export interface Continuity {
  model: string;
  cached_tokens: number;
  cold_usd: number | null;
  kept: boolean;
}

export interface Fitting {
  done: string;
  removed_messages: number;
  masked_results: number;
  tokens_before: number;
  tokens_after: number;
  summary_model?: string;
  summary_input_tokens?: number | null;
  summary_output_tokens?: number | null;
  summary_cost_usd?: number | null;
}

export interface Bill {
  owner?: string;
  counted?: string;
  prompt_tokens?: number;
  expected_usd?: number;
  reserved_usd?: number;
  charged_usd?: number;
  charged_tokens?: number;
  baseline?: string;
  downgraded_from?: string;
  replayed?: string;
}

export interface Attempt {
  model: string;
  provider: string;
  status: number;
  error: string;
  first_byte_us: number;
  judged?: Judgement;
}

export interface Judgement {
  worth: string;
  confidence?: number | null;
  discarded: boolean;
  input_tokens: number | null;
  output_tokens: number | null;
  cost_usd: number | null;
}
