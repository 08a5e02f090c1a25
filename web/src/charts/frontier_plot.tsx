// Cost against quality: where routing stands between always asking the weak and always the strong model.

import type { Frontier, FrontierPoint } from "../api/types";
import { dollars, percent } from "../logic/format";
import { linePath } from "../logic/scale";
import { wilson } from "../logic/stats";
import { Plot } from "./frame";

function labelSide(x: number, middle: number): { dx: number; anchor: "start" | "end" } {
  return x > middle ? { dx: -11, anchor: "end" } : { dx: 11, anchor: "start" };
}

export function FrontierPlot({ data }: { data: Frontier }) {
  const costs = [...data.points.map((p) => p.cost_usd), ...data.curve.map((p) => p.cost_usd)];
  const lows = data.points.map((p) => wilson(p.good, p.of).low);
  const right = Math.max(1e-9, ...costs) * 1.08;
  const low = Math.max(0, Math.floor((Math.min(1, ...lows) - 0.02) * 20) / 20);
  return (
    <Plot
      label="Cost and quality of this router and of what it is measured against"
      height={400}
      xAxis={{ from: 0, to: right, label: "dollars per 1,000 requests", format: dollars }}
      yAxis={{ from: low, to: 1, label: "good enough", format: (v) => percent(v, 0) }}
    >
      {(plane) => (
        <g>
          <path class="line quiet" d={linePath(data.curve.map((p) => [plane.x(p.cost_usd), plane.y(Math.max(low, p.quality))] as const))} />
          {data.points.map((p) => (
            <Mark key={p.name} point={p} x={plane.x(p.cost_usd)} y={plane.y} middle={(plane.left + plane.right) / 2} />
          ))}
        </g>
      )}
    </Plot>
  );
}

function Mark({ point, x, y, middle }: { point: FrontierPoint; x: number; y: (value: number) => number; middle: number }) {
  const interval = wilson(point.good, point.of);
  const quality = point.of > 0 ? point.good / point.of : 0;
  const side = labelSide(x, middle);
  return (
    <g class={`frontier ${point.name}`}>
      <line x1={x} x2={x} y1={y(interval.low)} y2={y(interval.high)} />
      <circle cx={x} cy={y(quality)} r={point.name === "current" || point.name === "candidate" ? 6.5 : 4.5}>
        <title>{`${point.label}: ${percent(quality)} [${percent(interval.low)}, ${percent(interval.high)}] at ${dollars(point.cost_usd)}`}</title>
      </circle>
      <text x={x + side.dx} y={y(quality) + (point.name === "candidate" ? -7 : 14)} text-anchor={side.anchor}>
        {point.label}
      </text>
    </g>
  );
}
