// How much stays with the cheap models and how often that is wrong, for every threshold; the threshold can be dragged.

import { useRef } from "preact/hooks";
import type { CurvePoint } from "../api/types";
import { percent } from "../logic/format";
import { bandPath, linePath } from "../logic/scale";
import { operatingAt } from "../logic/stats";
import { Plot, type Plane } from "./frame";

interface Props {
  curve: readonly CurvePoint[];
  requests: number;
  threshold: number;
  current: number;
  onThreshold: (threshold: number) => void;
}

const whole = (value: number): string => percent(value, 0);

function nearest(curve: readonly CurvePoint[], requests: number, coverage: number): number | null {
  let best: CurvePoint | null = null;
  for (const step of curve) {
    if (!best || Math.abs(step.kept / requests - coverage) < Math.abs(best.kept / requests - coverage)) best = step;
  }
  return best ? best.threshold : null;
}

export function RiskCoverage({ curve, requests, threshold, current, onThreshold }: Props) {
  const dragging = useRef(false);
  const points = curve
    .map((step) => operatingAt([step], requests, step.threshold))
    .filter((p) => p !== null && p.error !== null)
    .sort((a, b) => (a?.coverage ?? 0) - (b?.coverage ?? 0)) as NonNullable<ReturnType<typeof operatingAt>>[];
  const most = Math.max(0.02, ...points.filter((p) => p.labels >= 40).map((p) => p.interval.high));
  const top = Math.min(1, Math.ceil(most * 20) / 20);
  const move = (event: PointerEvent, plane: Plane): void => {
    const box = (event.currentTarget as SVGElement).ownerSVGElement?.getBoundingClientRect();
    if (!box) return;
    const share = (event.clientX - box.left - plane.left) / (plane.right - plane.left);
    const found = nearest(curve, requests, Math.min(1, Math.max(0, share)));
    if (found !== null) onThreshold(found);
  };
  const mark = (plane: Plane, at: number, kind: string) => {
    const p = operatingAt(curve, requests, at);
    if (!p) return null;
    const x = plane.x(p.coverage);
    return (
      <g class={kind}>
        <line x1={x} x2={x} y1={plane.top} y2={plane.bottom} />
        {p.error !== null && <circle cx={x} cy={plane.y(Math.min(top, p.error))} r={5} />}
      </g>
    );
  };
  return (
    <Plot
      label="Risk and coverage: mistakes among what is kept, by the share that is kept"
      height={300}
      xAxis={{ from: 0, to: 1, label: "kept by the classifier", format: whole }}
      yAxis={{ from: 0, to: top, label: "wrong among kept", format: (v) => percent(v, top < 0.2 ? 1 : 0) }}
    >
      {(plane) => {
        const y = (value: number): number => plane.y(Math.min(top, value));
        return (
          <g>
            <path class="band" d={bandPath(points.map((p) => ({ x: plane.x(p.coverage), low: y(p.interval.low), high: y(p.interval.high) })))} />
            <path class="line" d={linePath(points.map((p) => [plane.x(p.coverage), y(p.error ?? 0)] as const))} />
            {mark(plane, current, "mark-current")}
            {mark(plane, threshold, "mark-chosen")}
            <rect
              class="drag"
              x={plane.left}
              y={plane.top}
              width={plane.right - plane.left}
              height={plane.bottom - plane.top}
              onPointerDown={(event) => {
                dragging.current = true;
                event.currentTarget.setPointerCapture(event.pointerId);
                move(event, plane);
              }}
              onPointerMove={(event) => dragging.current && move(event, plane)}
              onPointerUp={() => (dragging.current = false)}
              onPointerCancel={() => (dragging.current = false)}
            />
          </g>
        );
      }}
    </Plot>
  );
}
