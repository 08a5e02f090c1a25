// How good the decisions are, as far as labels say, and what another threshold would bring.

import { useEffect, useState } from "preact/hooks";
import type { Examples, Quality } from "../api/types";
import { Calibration } from "../charts/calibration";
import { Confusion, NONE } from "../charts/confusion";
import { ConfidenceHistogram } from "../charts/histogram";
import { count, percent } from "../logic/format";
import { LOW_SAMPLE, reliability, wilson } from "../logic/stats";
import { rangeAndFilters } from "../logic/url_state";
import { Badge, Empty, Failure, Figure, Loading, Panel } from "../ui/basic";
import { ChartFrame } from "../ui/chart_frame";
import { useApi } from "../ui/data";
import { Icon } from "../ui/icons";
import { open, update, useLocation } from "../ui/navigation";
import { Answer, PageHead } from "../ui/page";
import { Table } from "../ui/table";
import { DecisionTable } from "./decision_table";
import { ThresholdPanel } from "./threshold_panel";

const SETS = [
  { name: "slice", title: "Random slice", note: "drawn by chance: without bias" },
  { name: "golden", title: "Golden", note: "judges for ever" },
  { name: "all", title: "All labels", note: "chosen ones too: worse than the traffic" },
] as const;

export function QualityPage() {
  const { query } = useLocation();
  const set = query.set ?? "slice";
  const quality = useApi<Quality>("/quality", { ...rangeAndFilters({ since: "30d", ...query }), set });
  return (
    <>
      <PageHead title="Quality" range filters={["category"]}>
        <div class="range" role="group" aria-label="Labels">
          {SETS.map((one) => (
            <button key={one.name} type="button" title={one.note} aria-pressed={set === one.name} onClick={() => update({ set: one.name === "slice" ? null : one.name })}>{one.title}</button>
          ))}
        </div>
      </PageHead>
      <Answer of={quality} lines={12}>{(data) => (data.requests === 0 && data.labels === 0 ? <NoLabels /> : <Shown data={data} set={set} />)}</Answer>
    </>
  );
}

function NoLabels() {
  return (
    <Panel>
      <Empty title="No labels in this time" command={"pointsman label --since 7d"}>Quality is measured by what people say of decisions. Label some here, in the review queue, or at the terminal:</Empty>
    </Panel>
  );
}

function Shown({ data, set }: { data: Quality; set: string }) {
  const { query } = useLocation();
  const cell = query.true !== undefined && query.predicted !== undefined ? { true: query.true, predicted: query.predicted } : null;
  const [labelled, setLabelled] = useState(data.labels > 0);
  const points = reliability(data.calibration);
  return (
    <>
      <dl class="figures">
        <Figure
          label="Right"
          value={percent(data.accuracy.value)}
          note={<>95 %: {percent(data.accuracy.low)} to {percent(data.accuracy.high)}{data.accuracy.of < LOW_SAMPLE && <> <Badge tone="warn">low sample</Badge></>}</>}
        />
        <Figure label="Labels" value={count(data.labels)} note={`${SETS.find((one) => one.name === set)?.note ?? ""}; of ${count(data.requests)} requests`} />
        <Figure label="Calibration error" value={data.ece === null ? "unknown" : data.ece.toFixed(3)} note="mean distance of confidence and accuracy; under 0.05 is good" tone={data.ece !== null && data.ece > 0.05 ? "warn" : "plain"} />
        <Figure label="Drift" value={data.drift.some((one) => one.raised) ? "raised" : "none"} tone={data.drift.some((one) => one.raised) ? "warn" : "good"} note={data.drift.find((one) => one.raised)?.text ?? "requests look as they did when this classifier went live"} />
      </dl>
      {data.labels === 0 && <NoLabels />}
      <div class="columns two">
        <ChartFrame
          title="Confidence"
          name="confidence"
          actions={<button type="button" class="button small" aria-pressed={!labelled} onClick={() => setLabelled(!labelled)}>{labelled ? "All decisions" : "Labelled only"}</button>}
          data={{ header: ["low", "high", "unlabelled", "confirmed", "corrected"], rows: data.histogram.map((b) => [b.low, b.high, b.unlabelled, b.confirmed, b.corrected]) }}
        >
          <ConfidenceHistogram bins={data.histogram} labelled={labelled} threshold={data.threshold} />
        </ChartFrame>
        <ChartFrame
          title="Calibration"
          note="on the line: as right as it is sure"
          name="calibration"
          data={{ header: ["confidence", "accuracy", "low", "high", "labels"], rows: points.map((p) => [p.confidence, p.accuracy, p.low, p.high, p.count]) }}
        >
          {points.length > 0 ? <Calibration bins={data.calibration} /> : <Empty title="No labels yet" command="pointsman label" />}
        </ChartFrame>
      </div>
      <ThresholdPanel data={data} />
      <div class="columns two uneven">
        <ChartFrame title="Confusion" note="a number opens its decisions" name="confusion" data={{ header: ["true", "predicted", "count"], rows: data.confusion.map((c) => [c.true ?? NONE, c.predicted, c.count]) }}>
          <Confusion cells={data.confusion} categories={data.categories.map((one) => one.name)} chosen={cell} onChoose={(truth, predicted) => update({ true: truth, predicted })} />
        </ChartFrame>
        <CategoryTable data={data} />
      </div>
      {cell && <CellExamples truth={cell.true} predicted={cell.predicted} set={set} />}
      <Drift data={data} />
    </>
  );
}

function ShareCell({ hits, of }: { hits: number; of: number }) {
  if (of === 0) return <span class="muted">–</span>;
  const interval = wilson(hits, of);
  return <>{percent(hits / of)} <span class="muted">[{percent(interval.low, 0)}, {percent(interval.high, 0)}]</span></>;
}

function CategoryTable({ data }: { data: Quality }) {
  const rows = data.categories;
  const csv = rows.map((c) => {
    const [p, r] = [wilson(c.right, c.called), wilson(c.right, c.support)];
    return [c.name, c.support, c.called, c.right, p.low, p.high, r.low, r.high];
  });
  return (
    <ChartFrame title="By category" name="categories" data={{ header: ["category", "support", "called", "right", "precision_low", "precision_high", "recall_low", "recall_high"], rows: csv }}>
      <Table
        caption="Precision and recall by category"
        rows={rows}
        id={(c) => c.name}
        columns={[
          { title: "category", cell: (c) => <>{c.name}{c.support < LOW_SAMPLE && <> <Badge tone="warn">low sample</Badge></>}</> },
          { title: "labels", number: true, cell: (c) => count(c.support) },
          { title: "precision", number: true, cell: (c) => <ShareCell hits={c.right} of={c.called} /> },
          { title: "recall", number: true, cell: (c) => <ShareCell hits={c.right} of={c.support} /> },
        ]}
      />
    </ChartFrame>
  );
}

function CellExamples({ truth, predicted, set }: { truth: string; predicted: string; set: string }) {
  const { query } = useLocation();
  const examples = useApi<Examples>("/quality/examples", { ...rangeAndFilters({ since: "30d", ...query }), set, true: truth, predicted });
  useEffect(() => document.getElementById("examples")?.scrollIntoView({ block: "nearest" }), [truth, predicted]);
  return (
    <div id="examples">
      <Panel
        title={`${truth} taken for ${predicted}`}
        actions={<button type="button" class="button icon-only" aria-label="Close the examples" onClick={() => update({ true: null, predicted: null })}><Icon name="close" /></button>}
      >
        {examples.error && <Failure error={examples.error} retry={examples.reload} />}
        {examples.data === null && examples.loading && <Loading />}
        {examples.data && <div class="short"><DecisionTable label="Examples" rows={examples.data.items} chosen="" onChoose={(id) => open("decisions", { id })} /></div>}
      </Panel>
    </div>
  );
}

function Drift({ data }: { data: Quality }) {
  if (data.drift.length === 0) return null;
  return (
    <Panel title="Drift" note="requests against those of the day this classifier went live">
      <Table
        caption="Drift"
        rows={data.drift}
        id={(d) => d.group}
        columns={[
          { title: "kind", cell: (d) => d.kind },
          { title: "group", cell: (d) => d.group },
          { title: "alarm", cell: (d) => <Badge tone={d.raised ? "warn" : "plain"}>{d.raised ? "raised" : "no"}</Badge> },
          { title: "index", number: true, cell: (d) => d.figure.toFixed(3) },
          { title: "what", cell: (d) => d.text },
          { title: "first step", cell: (d) => (d.raised ? d.first_step : <span class="muted">–</span>) },
        ]}
      />
    </Panel>
  );
}
