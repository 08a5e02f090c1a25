// The risk-coverage curve with a threshold to drag, and what it would bring beside what is in force.

import type { Quality } from "../api/types";
import { RiskCoverage } from "../charts/risk_coverage";
import { count, dollars, percent, signedDollars } from "../logic/format";
import { operatingAt, type Operating } from "../logic/stats";
import { Command, Empty } from "../ui/basic";
import { ChartFrame } from "../ui/chart_frame";
import { update, useLocation } from "../ui/navigation";

function clamp(text: string | undefined, otherwise: number): number {
  const value = Number(text);
  return text !== undefined && value >= 0 && value <= 1 ? value : otherwise;
}

export function ThresholdPanel({ data }: { data: Quality }) {
  const { query } = useLocation();
  const threshold = clamp(query.threshold, data.threshold);
  const rows = data.curve.map((step) => {
    const p = operatingAt([step], data.requests, step.threshold);
    return [step.threshold, p?.coverage, p?.error, p?.interval.low, p?.interval.high, p?.labels, p?.costPerThousand];
  });
  const now = operatingAt(data.curve, data.requests, data.threshold);
  const then = operatingAt(data.curve, data.requests, threshold);
  const choose = (value: number): void => update({ threshold: value.toFixed(2) }, true);
  return (
    <ChartFrame title="Risk and coverage" note="drag in the picture, or use the slider" name="risk-coverage" data={{ header: ["threshold", "kept_share", "wrong_share", "low", "high", "labels", "usd_per_1000"], rows }}>
      {data.curve.length === 0 || !now || !then ? (
        <Empty title="Not enough labels" command="pointsman label" />
      ) : (
        <div class="columns curve">
          <RiskCoverage curve={data.curve} requests={data.requests} threshold={threshold} current={data.threshold} onThreshold={choose} />
          <div class="stack">
            <label class="slider">
              <span>Threshold <output class="num">{threshold.toFixed(2)}</output></span>
              <input type="range" min="0" max="1" step="0.01" value={threshold} onInput={(event) => choose(Number(event.currentTarget.value))} />
            </label>
            <Comparison now={now} then={then} />
            <Command>{`pointsman replay --thresholds ${threshold.toFixed(2)} --since 7d`}</Command>
            <button type="button" class="button small" onClick={() => update({ threshold: null }, true)}>Back to {data.threshold.toFixed(2)}</button>
          </div>
        </div>
      )}
    </ChartFrame>
  );
}

function Wrong({ of }: { of: Operating }) {
  if (of.error === null) return <>unknown</>;
  return <>{percent(of.error)} <small class="muted">[{percent(of.interval.low)}, {percent(of.interval.high)}]</small></>;
}

function Comparison({ now, then }: { now: Operating; then: Operating }) {
  const difference = now.costPerThousand !== null && then.costPerThousand !== null ? then.costPerThousand - now.costPerThousand : null;
  return (
    <table class="comparison">
      <caption class="hidden">What the threshold would bring</caption>
      <thead>
        <tr>
          <td />
          <th scope="col" class="num">in force ({now.threshold.toFixed(2)})</th>
          <th scope="col" class="num">chosen ({then.threshold.toFixed(2)})</th>
        </tr>
      </thead>
      <tbody>
        <tr><th scope="row">kept</th><td class="num">{percent(now.coverage)}</td><td class="num">{percent(then.coverage)}</td></tr>
        <tr><th scope="row">in doubt</th><td class="num">{percent(1 - now.coverage)}</td><td class="num">{percent(1 - then.coverage)}</td></tr>
        <tr><th scope="row">wrong among kept</th><td class="num"><Wrong of={now} /></td><td class="num"><Wrong of={then} /></td></tr>
        <tr><th scope="row">labels</th><td class="num">{count(now.labels)}</td><td class="num">{count(then.labels)}</td></tr>
        <tr><th scope="row">per 1,000 requests</th><td class="num">{dollars(now.costPerThousand)}</td><td class="num">{dollars(then.costPerThousand)}{difference !== null && Math.abs(difference) > 1e-9 && <small class={difference > 0 ? "bad" : "good"}> {signedDollars(difference)}</small>}</td></tr>
      </tbody>
    </table>
  );
}
