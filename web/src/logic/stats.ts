// Shares with their uncertainty, calibration and risk, as the gateway computes them (learn/evaluate.h).
// Pure.

export interface Interval {
  low: number;
  high: number;
}

// The 97.5 % point of the normal distribution.
const Z = 1.959963984540054;
// A share of fewer is more noise than news.
export const LOW_SAMPLE = 30;

// The 95 % interval of a proportion (Wilson 1927); [0, 1] where nothing was observed.
export function wilson(hits: number, of: number): Interval {
  if (of <= 0) return { low: 0, high: 1 };
  const p = hits / of;
  const z2 = Z * Z;
  const middle = (p + z2 / (2 * of)) / (1 + z2 / of);
  const reach = (Z * Math.sqrt((p * (1 - p)) / of + z2 / (4 * of * of))) / (1 + z2 / of);
  return { low: hits === 0 ? 0 : Math.max(0, middle - reach), high: hits === of ? 1 : Math.min(1, middle + reach) };
}

export interface Bin {
  count: number;
  right: number;
  confidence: number;
}

export interface ReliabilityPoint extends Interval {
  confidence: number;
  accuracy: number;
  count: number;
}

// One point for each bin that holds anything.
export function reliability(bins: readonly Bin[]): ReliabilityPoint[] {
  return bins
    .filter((bin) => bin.count > 0)
    .map((bin) => ({
      confidence: bin.confidence,
      accuracy: bin.right / bin.count,
      count: bin.count,
      ...wilson(bin.right, bin.count),
    }));
}

// Expected calibration error: the mean distance of confidence and accuracy, weighted by the bins' counts.
export function calibrationError(bins: readonly Bin[]): number | null {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  if (total === 0) return null;
  return reliability(bins).reduce((sum, p) => sum + (p.count / total) * Math.abs(p.accuracy - p.confidence), 0);
}

// Equally wide bins of [0, 1], as evaluate() fills them: a confidence of exactly 1 is in the last.
export function binOf(confidence: number, bins: number): number {
  return Math.min(bins - 1, Math.max(0, Math.floor(confidence * bins)));
}

export interface ThresholdStep {
  threshold: number;
  kept: number;
  labelled_kept: number;
  labelled_wrong: number;
  cost_usd: number;
  priced: number;
}

export interface Operating {
  threshold: number;
  coverage: number;
  // Of what is kept, the share that is wrong; null where no label says.
  error: number | null;
  interval: Interval;
  labels: number;
  costPerThousand: number | null;
}

// What a threshold would bring: the step nearest to it, of steps that rise by threshold.
export function operatingAt(steps: readonly ThresholdStep[], requests: number, threshold: number): Operating | null {
  let best: ThresholdStep | undefined;
  for (const step of steps) {
    if (!best || Math.abs(step.threshold - threshold) < Math.abs(best.threshold - threshold)) best = step;
  }
  if (!best) return null;
  return {
    threshold: best.threshold,
    coverage: requests > 0 ? best.kept / requests : 0,
    error: best.labelled_kept > 0 ? best.labelled_wrong / best.labelled_kept : null,
    interval: wilson(best.labelled_wrong, best.labelled_kept),
    labels: best.labelled_kept,
    costPerThousand: best.priced > 0 ? (best.cost_usd / best.priced) * 1000 : null,
  };
}

// Whether the last decision to label agrees by more than chance, in the words of Landis and Koch (1977).
export function kappaWord(kappa: number): string {
  if (kappa < 0.2) return "slight";
  if (kappa < 0.4) return "fair";
  if (kappa < 0.6) return "moderate";
  if (kappa < 0.8) return "substantial";
  return "almost perfect";
}
