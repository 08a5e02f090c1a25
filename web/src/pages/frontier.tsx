// Is routing worth it? What it costs and how often the answer is good enough, beside what one could do instead.

import type { Frontier } from "../api/types";
import { FrontierPlot } from "../charts/frontier_plot";
import { count, dollars, percent } from "../logic/format";
import { LOW_SAMPLE, wilson } from "../logic/stats";
import { rangeAndFilters } from "../logic/url_state";
import { Badge, Empty, Panel } from "../ui/basic";
import { ChartFrame } from "../ui/chart_frame";
import { useApi } from "../ui/data";
import { useLocation } from "../ui/navigation";
import { Answer, PageHead } from "../ui/page";
import { Table } from "../ui/table";

export function FrontierPage() {
  const { query } = useLocation();
  const frontier = useApi<Frontier>("/frontier", rangeAndFilters({ since: "30d", ...query }));
  return (
    <>
      <PageHead title="Frontier" range />
      <Answer of={frontier} lines={10}>
        {(data) =>
          data.points.length === 0 ? (
            <Panel><Empty title="Not enough to compare" command={"pointsman label --since 30d"}>{count(data.requests)} requests, {count(data.labels)} labels. Quality needs labels:</Empty></Panel>
          ) : (
            <Shown data={data} />
          )
        }
      </Answer>
    </>
  );
}

function Shown({ data }: { data: Frontier }) {
  const rows = [...data.points].sort((a, b) => a.cost_usd - b.cost_usd);
  const strong = data.points.find((p) => p.name === "always_strong");
  return (
    <>
      <ChartFrame
        title="Cost against quality"
        note="up and to the left is better; the line is this classifier at every threshold"
        name="frontier"
        data={{ header: ["name", "usd_per_1000", "good", "of"], rows: rows.map((p) => [p.label, p.cost_usd, p.good, p.of]) }}
      >
        <FrontierPlot data={data} />
      </ChartFrame>
      <Panel title="The same in figures">
        <Table
          caption="Routers and what they bring"
          rows={rows}
          id={(p) => p.name}
          columns={[
            { title: "router", cell: (p) => <span class={`swatch ${p.name}`}>{p.label}</span> },
            { title: "per 1,000 requests", number: true, cell: (p) => dollars(p.cost_usd) },
            { title: "against always strong", number: true, cell: (p) => (strong && strong.cost_usd > 0 ? percent(p.cost_usd / strong.cost_usd) : "–") },
            { title: "good enough", number: true, cell: (p) => percent(p.of > 0 ? p.good / p.of : null) },
            { title: "95 % interval", number: true, cell: (p) => { const i = wilson(p.good, p.of); return `${percent(i.low)} to ${percent(i.high)}`; } },
            { title: "labels", number: true, cell: (p) => <>{count(p.of)}{p.of < LOW_SAMPLE && <> <Badge tone="warn">low sample</Badge></>}</> },
          ]}
        />
        <p class="note">Good enough: the model that answers is that of the labelled category, or a more capable one. Weak is {data.weak}, strong is {data.strong}. Costs assume that another model’s answer has as many tokens. {count(data.requests)} requests.</p>
      </Panel>
    </>
  );
}
