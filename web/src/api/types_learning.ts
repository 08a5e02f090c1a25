// What people say of decisions, what that says of the router, and the classifiers made from it.
// Part of types.ts, by the same rules.

import type { DecisionRow } from "./types_decision";

// ---- feedback and review ----

export interface FeedbackItem {
  id: string;
  at: string;
  who: string;
  signal: string;
  category: string | null;
  labels: boolean;
  verdict: string;
  rating: number | null;
  comment: string;
  golden: boolean;
}

export interface FeedbackBody {
  category?: string | null;
  verdict?: "good_fit" | "underpowered" | "overpowered";
  rating?: number;
  comment?: string;
}

export interface FeedbackReceipt {
  id: string;
  decision_id: string;
  repeated: boolean;
}

export interface ReviewState {
  categories: string[];
  waiting: number;
  without_text: number;
  labelled: number;
  labelled_by_me: number;
  goal: number;
  annotators: Annotator[];
  agreement: Agreement;
}

export interface Annotator {
  who: string;
  labels: number;
  last: string;
  working: boolean;
}

export interface Agreement {
  items: number;
  same: number;
  kappa: number | null;
  low: number | null;
  high: number | null;
}

export interface ReviewTake {
  count: number;
  again: boolean;
}

export interface ReviewBatch {
  items: ReviewItem[];
}

export interface ReviewItem {
  id: string;
  started: string;
  text: string;
  context: string;
  category: string;
  stage: string;
  model: string;
  cost_usd: number | null;
  opinions: StageOpinion[];
  reason: "random" | "unsure" | "disagreement" | "novel" | "costly" | "typical";
  why: string;
  blind: boolean;
  leased_until: string;
}

export interface StageOpinion {
  stage: string;
  probabilities: number[];
  remark: string;
}

export interface ReviewAnswer {
  category: string | null;
  comment?: string;
}

// ---- quality and frontier ----

export interface Quality {
  set: "slice" | "golden" | "all";
  since: string;
  until: string;
  classifier_version: string;
  requests: number;
  labels: number;
  accuracy: Share;
  ece: number | null;
  histogram: HistogramBin[];
  calibration: CalibrationBin[];
  categories: CategoryQuality[];
  confusion: ConfusionCell[];
  threshold: number;
  curve: CurvePoint[];
  drift: DriftFinding[];
}

export interface Share {
  value: number | null;
  low: number;
  high: number;
  hits: number;
  of: number;
}

export interface HistogramBin {
  low: number;
  high: number;
  unlabelled: number;
  confirmed: number;
  corrected: number;
}

export interface CalibrationBin {
  count: number;
  right: number;
  confidence: number;
}

export interface CategoryQuality {
  name: string;
  support: number;
  called: number;
  right: number;
}

export interface ConfusionCell {
  true: string | null;
  predicted: string;
  count: number;
}

export interface CurvePoint {
  threshold: number;
  kept: number;
  labelled_kept: number;
  labelled_wrong: number;
  cost_usd: number;
  priced: number;
}

export interface DriftFinding {
  kind: string;
  group: string;
  raised: boolean;
  figure: number;
  text: string;
  first_step: string;
}

export interface Examples {
  items: DecisionRow[];
  next: string | null;
}

export interface Frontier {
  since: string;
  until: string;
  requests: number;
  labels: number;
  weak: string;
  strong: string;
  points: FrontierPoint[];
  curve: FrontierStep[];
}

export interface FrontierPoint {
  name: "always_strong" | "always_cheap" | "random" | "current" | "candidate";
  label: string;
  cost_usd: number;
  good: number;
  of: number;
}

export interface FrontierStep {
  threshold: number;
  cost_usd: number;
  quality: number;
}

// ---- classifiers ----

export interface Classifiers {
  versions: ClassifierVersion[];
  events: RegistryEvent[];
  training: Training;
  canary: CanaryTrial | null;
  shadow: ShadowCount | null;
}

export interface ClassifierVersion {
  version: string;
  roles: Assignment[];
  made: string;
  origin: string;
  parent: string;
  bytes: number;
  examples: number | null;
  accuracy: number | null;
  calibration_error: number | null;
  certificate: boolean;
  pairing: boolean;
  card: unknown;
}

export interface Assignment {
  role: "champion" | "canary" | "shadow";
  share: number;
  since: string;
}

export interface RegistryEvent {
  number: number;
  at: string;
  kind: string;
  version: string;
  before: string;
  who: string;
  reason: string;
}

export interface Training {
  running: boolean;
  stage: string;
  share: number;
  started: string | null;
  new_labels: number;
  min_new_labels: number;
  every_seconds: number;
  last_error: string;
}

export interface CanaryTrial {
  version: string;
  share: number;
  decision: "continue" | "stop" | "enough";
  text: string;
  champion: ArmCounts;
  canary: ArmCounts;
}

export interface ArmCounts {
  conversations: number;
  bad: number;
  priced: number;
  cost_usd: number;
}

export interface ShadowCount {
  version: string;
  scored: number;
  missed: number;
  other: number;
}

export interface PromoteBody {
  as: "champion" | "canary" | "shadow";
  share?: number;
  dry_run?: boolean;
  force?: string;
}

export interface PromoteAnswer {
  promoted: boolean;
  gate: GateReport;
}

export interface GateReport {
  verdict: string;
  promotes: boolean;
  checks: GateCheck[];
}

export interface GateCheck {
  set: string;
  what: string;
  rows: number;
  before: number;
  after: number;
  interval: number[];
  limit: number;
  verdict: "passed" | "failed" | "too little data" | "not tested";
  missing: number;
  missing_of?: string;
  note?: string;
  look_at?: string[];
}

export interface WithdrawBody {
  role: "canary" | "shadow";
}
