// How sure decisions were, split by what people said of them.

import type { HistogramBin } from "../api/types";
import { compact } from "../logic/format";
import { Legend, Plot } from "./frame";

interface Part {
  name: string;
  class: string;
  of: (bin: HistogramBin) => number;
}

const PARTS: readonly Part[] = [
  { name: "not labelled", class: "fill-quiet", of: (bin: HistogramBin) => bin.unlabelled },
  { name: "confirmed", class: "fill-good", of: (bin: HistogramBin) => bin.confirmed },
  { name: "corrected", class: "fill-bad", of: (bin: HistogramBin) => bin.corrected },
];

// `labelled`: only what people spoke of, since the others are many more.
export function ConfidenceHistogram({ bins, labelled, threshold }: { bins: readonly HistogramBin[]; labelled: boolean; threshold: number }) {
  const parts = labelled ? PARTS.slice(1) : PARTS;
  const most = Math.max(1, ...bins.map((bin) => parts.reduce((sum, part) => sum + part.of(bin), 0)));
  return (
    <>
      <Plot
        label="Confidence of decisions, by whether people corrected them"
        height={262}
        xAxis={{ from: 0, to: 1, label: "confidence", format: (v) => v.toFixed(1) }}
        yAxis={{ from: 0, to: most * 1.05, label: "decisions", format: compact, wanted: 4 }}
      >
        {(plane) => (
          <g>
            {bins.map((bin) => {
              let below = 0;
              return parts.map((part) => {
                const many = part.of(bin);
                const top = plane.y(below + many);
                const height = plane.y(below) - top;
                below += many;
                const left = plane.x(bin.low) + 1;
                return (
                  <rect key={part.name + bin.low} class={part.class} x={left} y={top} width={Math.max(1, plane.x(bin.high) - left - 1)} height={Math.max(0, height)}>
                    <title>{`${bin.low.toFixed(2)} to ${bin.high.toFixed(2)}, ${part.name}: ${many}`}</title>
                  </rect>
                );
              });
            })}
            <line class="threshold" x1={plane.x(threshold)} x2={plane.x(threshold)} y1={plane.top} y2={plane.bottom} />
          </g>
        )}
      </Plot>
      <Legend items={parts.map((part) => ({ name: part.name, class: part.class }))} />
    </>
  );
}
