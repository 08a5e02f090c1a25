// Is it as often right as it is sure? One point for each bin of confidence with its 95 % interval; the diagonal is
// perfect calibration, and the size of a point says how many labels it rests on.

import { reliability, type Bin } from "../logic/stats";
import { percent } from "../logic/format";
import { linePath } from "../logic/scale";
import { Plot } from "./frame";

const whole = (value: number): string => percent(value, 0);

export function Calibration({ bins }: { bins: readonly Bin[] }) {
  const points = reliability(bins);
  const most = Math.max(1, ...points.map((p) => p.count));
  return (
    <Plot
      label="Calibration: how often decisions are right, by confidence"
      height={280}
      xAxis={{ from: 0, to: 1, label: "confidence", format: whole }}
      yAxis={{ from: 0, to: 1, label: "right", format: whole }}
    >
      {(plane) => (
        <g>
          <line class="diagonal" x1={plane.x(0)} y1={plane.y(0)} x2={plane.x(1)} y2={plane.y(1)} />
          <path class="line" d={linePath(points.map((p) => [plane.x(p.confidence), plane.y(p.accuracy)] as const))} />
          {points.map((p) => (
            <g key={p.confidence} class={p.count < 30 ? "point few" : "point"}>
              <line x1={plane.x(p.confidence)} x2={plane.x(p.confidence)} y1={plane.y(p.low)} y2={plane.y(p.high)} />
              <circle cx={plane.x(p.confidence)} cy={plane.y(p.accuracy)} r={2.5 + 4 * Math.sqrt(p.count / most)}>
                <title>{`confidence ${percent(p.confidence)}: right ${percent(p.accuracy)} [${percent(p.low)}, ${percent(p.high)}] of ${p.count}`}</title>
              </circle>
            </g>
          ))}
        </g>
      )}
    </Plot>
  );
}
