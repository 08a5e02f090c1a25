// Shares of a whole as bars, the largest first.

import type { ShareLine } from "../api/types";
import { compact, dollars, percent } from "../logic/format";
import { Meter } from "../ui/basic";
import { Link } from "../ui/navigation";

interface Props {
  lines: readonly ShareLine[];
  filter?: "category" | "model";
  cost?: boolean;
}

export function ShareBars({ lines, filter, cost = false }: Props) {
  const all = lines.reduce((sum, line) => sum + line.requests, 0);
  const sorted = [...lines].sort((a, b) => b.requests - a.requests);
  return (
    <table class="bars">
      <caption class="hidden">Shares of requests</caption>
      <thead class="hidden">
        <tr>
          <th scope="col">name</th>
          <th scope="col">share</th>
          <th scope="col">requests</th>
          {cost && <th scope="col">cost</th>}
        </tr>
      </thead>
      <tbody>
        {sorted.map((line) => (
          <tr key={line.name}>
            <th scope="row">
              {filter && !line.name.startsWith("(") ? (
                <Link page="decisions" query={{ [filter]: line.name }}>
                  {line.name}
                </Link>
              ) : (
                line.name
              )}
            </th>
            <td class="wide">
              <Meter value={all > 0 ? line.requests / all : 0} label={line.name} text={percent(all > 0 ? line.requests / all : 0)} />
            </td>
            <td class="num">{compact(line.requests)}</td>
            {cost && <td class="num">{dollars(line.cost_usd)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
