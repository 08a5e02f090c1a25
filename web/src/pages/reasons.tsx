// Why the classifier said so: the most similar labelled texts, and what spoke for and against.

import type { Nearest, WordWeight } from "../api/types";
import { visible } from "../logic/format";
import { Badge } from "../ui/basic";

export function NearestList({ items }: { items: readonly Nearest[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h3>Nearest labelled examples</h3>
      <ul class="nearest">
        {items.map((one, at) => (
          <li key={at}>
            <span class="num">{one.likeness.toFixed(2)}</span> <Badge tone={one.category === null ? "warn" : "accent"}>{one.category ?? "none"}</Badge>{" "}
            <span>{one.text === null ? <em class="muted">its text was not kept</em> : visible(one.text)}</span> <span class="muted">{one.source}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function WordList({ items }: { items: readonly WordWeight[] }) {
  if (items.length === 0) return null;
  const most = Math.max(...items.map((one) => Math.abs(one.weight)), 1e-9);
  return (
    <section>
      <h3>What spoke for it <span class="note">in ln odds against the runner-up</span></h3>
      <table class="bars words">
        <caption class="hidden">Contributions</caption>
        <tbody>
          {items.map((one, at) => {
            const width = (Math.abs(one.weight) / most) * 50;
            return (
              <tr key={at}>
                <th scope="row"><code>{visible(one.text)}</code> <span class="muted">{one.what}</span></th>
                <td class="wide">
                  <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class={one.weight < 0 ? "fill-bad" : "fill-good"} x={one.weight < 0 ? 50 - width : 50} width={width} height="8" /></svg>
                </td>
                <td class="num">{one.weight > 0 ? "+" : "−"}{Math.abs(one.weight).toFixed(2)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
