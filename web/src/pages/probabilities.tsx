// What the classifier gave each category, the likeliest first, with the bar each had to reach.

import type { CategoryThreshold } from "../api/types";
import { Badge, Meter } from "../ui/basic";

interface Props {
  categories: readonly string[];
  values: readonly (number | null)[];
  thresholds: readonly CategoryThreshold[];
  chosen: string;
  stage: string;
}

export function Probabilities({ categories, values, thresholds, chosen, stage }: Props) {
  if (values.length === 0) return <p class="note">The classifier was not asked: {stage} settled it.</p>;
  const bars = new Map(thresholds.map((one) => [one.category, one]));
  const lines = categories.map((name, at) => ({ name, p: values[at] ?? 0 })).sort((a, b) => b.p - a.p);
  const outside = Math.max(0, 1 - lines.reduce((sum, line) => sum + line.p, 0));
  return (
    <section>
      <h3>Probabilities <span class="note">the mark is the threshold</span></h3>
      <table class="bars">
        <caption class="hidden">Probabilities by category</caption>
        <tbody>
          {lines.map((line) => {
            const bar = bars.get(line.name);
            const reached = bar?.threshold !== null && bar !== undefined && line.p >= bar.threshold;
            return (
              <tr key={line.name} class={line.name === chosen ? "chosen" : ""}>
                <th scope="row">{line.name}{bar?.certified && <Badge>certified</Badge>}</th>
                <td class="wide"><Meter value={line.p} label={line.name} tone={reached ? "accent" : "warn"} {...(bar && bar.threshold !== null ? { mark: bar.threshold } : {})} text={line.p.toFixed(3)} /></td>
              </tr>
            );
          })}
          {outside > 0.0005 && (
            <tr class="muted"><th scope="row">none of them</th><td class="wide"><Meter value={outside} label="none of them" tone="plain" text={outside.toFixed(3)} /></td></tr>
          )}
        </tbody>
      </table>
    </section>
  );
}
