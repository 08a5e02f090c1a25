// Figures over time, drawn by uPlot, which is loaded when the first of them is shown.

import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { useWidth } from "./frame";

export interface Series {
  name: string;
  color: string; // a custom property of the style sheet
  values: readonly (number | null)[];
  fill?: boolean;
  dashed?: boolean;
}

interface Props {
  label: string;
  times: readonly number[]; // seconds since the epoch
  series: readonly Series[];
  format: (value: number) => string;
  height?: number;
}

// So that marks stand on whole minutes, hours and days.
const STEPS = [60, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000, 2_592_000];

const two = (value: number): string => String(value).padStart(2, "0");

function timeText(seconds: number, span: number): string {
  const at = new Date(seconds * 1000);
  const day = `${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
  const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  return span > 3 * 86_400 ? day : clock;
}

function options(props: Props, width: number, style: CSSStyleDeclaration): uPlot.Options {
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const first = props.times[0] ?? 0;
  const span = (props.times[props.times.length - 1] ?? 0) - first;
  const axis = { stroke: color("--muted"), font: `11px ${style.fontFamily}`, ticks: { show: false }, grid: { stroke: color("--grid"), width: 1 } };
  return {
    width,
    height: props.height ?? 200,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: { x: { time: false }, y: { range: (_u, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 70, incrs: STEPS, values: (_u, splits) => splits.map((one) => timeText(one, span)) },
      { ...axis, size: 58, space: 36, values: (_u, splits) => splits.map((one) => props.format(one)) },
    ],
    series: [
      {},
      ...props.series.map((one) => ({
        label: one.name,
        stroke: color(one.color),
        width: 1.75,
        points: { show: false },
        ...(one.dashed ? { dash: [5, 4] } : {}),
        ...(one.fill ? { fill: color(`${one.color}-soft`) } : {}),
      })),
    ],
    hooks: {},
  };
}

export function TimeSeries(props: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const place = useRef<HTMLDivElement>(null);
  const reading = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (width === 0 || !place.current) return;
    const target = place.current;
    let plot: uPlot | null = null;
    let gone = false;
    const draw = async (): Promise<void> => {
      const { default: Plot } = await import("uplot");
      if (gone) return;
      plot?.destroy();
      const setup = options(props, width, getComputedStyle(document.documentElement));
      setup.hooks = { setCursor: [(one) => say(one.cursor.idx ?? null)] };
      plot = new Plot(setup, [[...props.times], ...props.series.map((one) => [...one.values])] as uPlot.AlignedData, target);
    };
    const say = (at: number | null): void => {
      const line = reading.current;
      if (!line) return;
      if (at === null) line.textContent = "";
      else {
        const when = new Date((props.times[at] ?? 0) * 1000).toISOString().slice(0, 16).replace("T", " ");
        const what = props.series.map((one) => `${one.name} ${one.values[at] === null || one.values[at] === undefined ? "–" : props.format(one.values[at])}`);
        line.textContent = `${when} UTC · ${what.join(" · ")}`;
      }
    };
    void draw();
    const theme = new MutationObserver(() => void draw());
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      gone = true;
      theme.disconnect();
      plot?.destroy();
    };
  }, [width, props.times, props.series]);
  return (
    <div class="series">
      <ul class="legend">
        {props.series.map((one) => (
          <li key={one.name}>
            <svg viewBox="0 0 14 10" aria-hidden="true">
              <line class={`stroke${one.color}`} x1="0" x2="14" y1="5" y2="5" stroke-dasharray={one.dashed ? "4 3" : undefined} />
            </svg>
            {one.name}
          </li>
        ))}
        <li class="reading">
          <p ref={reading} />
        </li>
      </ul>
      <div ref={box} role="img" aria-label={props.label}>
        <div ref={place} class="canvas" />
      </div>
    </div>
  );
}
