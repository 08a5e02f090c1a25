// From figures to places on a drawing, and which figures to write beside an axis.
// Pure.

export type Scale = (value: number) => number;

export function linear(from: number, to: number, start: number, end: number): Scale {
  const width = to - from;
  return (value) => (width === 0 ? start : start + ((value - from) / width) * (end - start));
}

// Round figures: 1, 2 or 5 times a power of ten apart, about `wanted` of them, all within [from, to].
export function ticks(from: number, to: number, wanted = 5): number[] {
  if (!(to > from)) return [from];
  const rough = (to - from) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? 10 * power;
  const found: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; ++i) found.push(Number((i * step).toPrecision(12)));
  return found;
}

export function linePath(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

// The area between two lines over the same places.
export function bandPath(points: readonly { x: number; low: number; high: number }[]): string {
  if (points.length === 0) return "";
  const up = points.map((p): [number, number] => [p.x, p.high]);
  const down = [...points].reverse().map((p): [number, number] => [p.x, p.low]);
  return `${linePath([...up, ...down])}Z`;
}
