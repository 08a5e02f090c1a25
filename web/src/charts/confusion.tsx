// What is taken for what: a table whose cells open the decisions that they count. Shades go by the share of the row.

import type { ConfusionCell } from "../api/types";
import { percent } from "../logic/format";

export const NONE = "(none)";

interface Props {
  cells: readonly ConfusionCell[];
  categories: readonly string[];
  chosen: { true: string; predicted: string } | null;
  onChoose: (truth: string, predicted: string) => void;
}

function shade(share: number): number {
  return share === 0 ? 0 : Math.min(6, 1 + Math.floor(share * 5.999));
}

export function Confusion({ cells, categories, chosen, onChoose }: Props) {
  const counts = new Map(cells.map((cell) => [`${cell.true ?? NONE}\n${cell.predicted}`, cell.count]));
  const outside = cells.some((cell) => cell.true === null);
  const truths = outside ? [...categories, NONE] : [...categories];
  const at = (truth: string, predicted: string): number => counts.get(`${truth}\n${predicted}`) ?? 0;
  return (
    <div class="scroller" tabIndex={0} role="region" aria-label="Confusion matrix">
      <table class="confusion">
        <caption>rows: what it was · columns: what it was taken for</caption>
        <thead>
          <tr>
            <td />
            {categories.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">found</th>
          </tr>
        </thead>
        <tbody>
          {truths.map((truth) => {
            const all = categories.reduce((sum, name) => sum + at(truth, name), 0);
            return (
              <tr key={truth}>
                <th scope="row">{truth}</th>
                {categories.map((predicted) => {
                  const many = at(truth, predicted);
                  const right = truth === predicted;
                  const on = chosen?.true === truth && chosen.predicted === predicted;
                  return (
                    <td key={predicted} class={`${right ? "right" : "wrong"} shade${shade(all === 0 ? 0 : many / all)}`}>
                      <button type="button" disabled={many === 0} aria-pressed={on} aria-label={`${truth} taken for ${predicted}: ${many}, show examples`} onClick={() => onChoose(truth, predicted)}>
                        {many}
                      </button>
                    </td>
                  );
                })}
                <td class="num">{truth === NONE || all === 0 ? "–" : percent(at(truth, truth) / all, 0)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
