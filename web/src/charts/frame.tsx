// The ground every drawing stands on: its width on the screen, axes with round figures, a grid.

import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { linear, ticks, type Scale } from "../logic/scale";

// The width of an element as it is now; 0 until it is known.
export function useWidth<T extends HTMLElement>(): [RefObject<T | null>, number] {
  const ref = useRef<T>(null);
  const [width, set] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    set(Math.floor(element.clientWidth));
    const watch = new ResizeObserver(() => set(Math.floor(element.clientWidth)));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [ref, width];
}

export interface Axis {
  from: number;
  to: number;
  label: string;
  format: (value: number) => string;
  wanted?: number;
}

export interface Plane {
  x: Scale;
  y: Scale;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

interface PlotProps {
  label: string;
  height: number;
  xAxis: Axis;
  yAxis: Axis;
  children: (plane: Plane) => ComponentChildren;
}

const MARGIN = { left: 48, right: 22, top: 10, bottom: 38 };

export function Plot({ label, height, xAxis, yAxis, children }: PlotProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const plane: Plane = {
    left: MARGIN.left,
    right: Math.max(MARGIN.left + 10, width - MARGIN.right),
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
    x: (value) => value,
    y: (value) => value,
  };
  plane.x = linear(xAxis.from, xAxis.to, plane.left, plane.right);
  plane.y = linear(yAxis.from, yAxis.to, plane.bottom, plane.top);
  return (
    <div ref={ref} class="plot">
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          <Axes plane={plane} xAxis={xAxis} yAxis={yAxis} />
          {children(plane)}
        </svg>
      )}
      {width === 0 && <svg width="100%" height={height} aria-hidden="true" />}
    </div>
  );
}

function Axes({ plane, xAxis, yAxis }: { plane: Plane; xAxis: Axis; yAxis: Axis }) {
  const middle = (plane.top + plane.bottom) / 2;
  return (
    <g class="axes">
      {ticks(yAxis.from, yAxis.to, yAxis.wanted ?? 5).map((value) => (
        <g key={value}>
          <line class="grid" x1={plane.left} x2={plane.right} y1={plane.y(value)} y2={plane.y(value)} />
          <text class="tick y" x={plane.left - 8} y={plane.y(value) + 4}>
            {yAxis.format(value)}
          </text>
        </g>
      ))}
      {ticks(xAxis.from, xAxis.to, xAxis.wanted ?? 6).map((value) => (
        <text key={value} class="tick x" x={plane.x(value)} y={plane.bottom + 16}>
          {xAxis.format(value)}
        </text>
      ))}
      <line class="base" x1={plane.left} x2={plane.right} y1={plane.bottom} y2={plane.bottom} />
      <text class="name x" x={plane.right} y={plane.bottom + 33}>
        {xAxis.label}
      </text>
      <text class="name y" x={11} y={middle} transform={`rotate(-90 11 ${middle})`}>
        {yAxis.label}
      </text>
    </g>
  );
}

export function Legend({ items }: { items: readonly { name: string; class: string }[] }) {
  return (
    <ul class="legend">
      {items.map((item) => (
        <li key={item.name}>
          <svg viewBox="0 0 10 10" aria-hidden="true">
            <rect class={item.class} width="10" height="10" rx="2" />
          </svg>
          {item.name}
        </li>
      ))}
    </ul>
  );
}
