// What routing brought in the chosen time: money first, signed, with what is left out.

import { useMemo } from "preact/hooks";
import type { Overview, Savings, SavingsReport, Status } from "../api/types";
import { ShareBars } from "../charts/share_bars";
import { TimeSeries, type Series } from "../charts/time_series";
import { compact, count, dollars, duration, percent, signedDollars, signedPercent } from "../logic/format";
import { rangeAndFilters } from "../logic/url_state";
import { Badge, Empty, Figure, Panel } from "../ui/basic";
import { ChartFrame, download } from "../ui/chart_frame";
import { useApi } from "../ui/data";
import { Icon } from "../ui/icons";
import { Link, useLocation } from "../ui/navigation";
import { Answer, PageHead } from "../ui/page";
import { useSurroundings } from "../ui/session";
import { Table } from "../ui/table";

export function OverviewPage() {
  const { query } = useLocation();
  const { status } = useSurroundings();
  const asked = rangeAndFilters(query);
  const overview = useApi<Overview>("/overview", asked);
  const { since, until, category, model } = asked;
  const savings = useApi<SavingsReport>("/savings", Object.fromEntries(Object.entries({ since, until, category, model, by: "route" }).filter((one): one is [string, string] => one[1] !== undefined)));
  return (
    <>
      <PageHead title="Overview" range filters={["category", "model", "key"]} />
      <Health status={status} />
      <Answer of={overview} lines={10}>
        {(data) =>
          data.requests === 0 ? (
            <Nothing baseUrl={status.base_url} />
          ) : (
            <>
              <Answer of={savings} lines={2}>{(report) => <Money total={report.total} overview={data} />}</Answer>
              <Charts data={data} />
              <div class="columns two">
                <ChartFrame title="By category" name="share-by-category" data={shareData(data.categories)}>
                  <ShareBars lines={data.categories} filter="category" cost />
                </ChartFrame>
                <ChartFrame title="By model" name="share-by-model" data={shareData(data.models)}>
                  <ShareBars lines={data.models} filter="model" cost />
                </ChartFrame>
              </div>
              <Answer of={savings} lines={4}>{(report) => <SavingsTable report={report} />}</Answer>
            </>
          )
        }
      </Answer>
    </>
  );
}

const shareData = (lines: Overview["models"]) => ({
  header: ["name", "requests", "cost_usd"],
  rows: lines.map((line) => [line.name, line.requests, line.cost_usd]),
});

function Health({ status }: { status: Status }) {
  return (
    <ul class="health" aria-label="Health">
      {status.health.map((item) => (
        <li key={item.what} class={item.state}>
          <span class={`dot ${item.state === "ok" ? "good" : item.state}`} />
          <strong>{item.what}</strong> <span>{item.text}</span>
          {item.fix && item.state !== "ok" && <em>{item.fix}</em>}
        </li>
      ))}
    </ul>
  );
}

function Nothing({ baseUrl }: { baseUrl: string }) {
  return (
    <Panel>
      <Empty
        title="No requests in this time"
        command={`curl -s ${baseUrl}/v1/chat/completions \\\n  -H 'content-type: application/json' \\\n  -d '{"model": "auto", "messages": [{"role": "user", "content": "What is 17 times 23?"}]}'`}
      >
        Choose a longer time above, or send one:
      </Empty>
    </Panel>
  );
}

function Money({ total, overview }: { total: Savings; overview: Overview }) {
  const tone = total.saved_usd < 0 ? "bad" : "good";
  const interval = total.interval_95;
  const excluded = total.excluded > 0 ? `${count(total.excluded)} excluded: price or usage unknown` : "none excluded";
  return (
    <dl class="figures">
      <Figure
        hero
        label="Saved"
        tone={tone}
        value={
          <>
            {signedDollars(total.saved_usd)} <small>{signedPercent(total.saved_share)}</small>
          </>
        }
        note={
          <>
            {interval ? `95 %: ${signedPercent(interval[0])} to ${signedPercent(interval[1])}` : "no interval yet"}
            {total.low_sample && <> <Badge tone="warn">low sample</Badge></>}
            <br />
            against {total.baseline_models.join(", ") || "no baseline"}; {excluded}
          </>
        }
      />
      <Figure
        label="Spent"
        value={dollars(total.cost_usd)}
        note={
          <>
            baseline {dollars(total.baseline_usd)}
            <br />
            with {dollars(total.of_cost.classification_usd + total.of_cost.discarded_usd + total.of_cost.summaries_usd)} for routing
          </>
        }
      />
      <Figure label="Requests" value={compact(overview.requests)} note={`${percent(overview.requests ? overview.errors / overview.requests : 0, 2)} failed`} />
      <Figure
        label="In doubt"
        value={percent(overview.requests ? overview.fallbacks / overview.requests : 0)}
        note={overview.fallback_reasons[0] ? `mostly ${overview.fallback_reasons[0].name}` : "none went to the fallback"}
      />
      <Figure label="Added latency" value={duration(overview.overhead_us.p50)} note={`p99 ${duration(overview.overhead_us.p99)}`} />
      <Figure label="First byte" value={duration(overview.first_byte_us.p50)} note={`p95 ${duration(overview.first_byte_us.p95)}`} />
    </dl>
  );
}

function Charts({ data }: { data: Overview }) {
  const times = useMemo(() => data.points.map((point) => Date.parse(point.at) / 1000), [data]);
  const money = useMemo((): Series[] => {
    let actual = 0;
    let baseline = 0;
    return [
      { name: "baseline", color: "--series-2", dashed: true, values: data.points.map((p) => (baseline += p.baseline_usd)) },
      { name: "spent", color: "--series-1", fill: true, values: data.points.map((p) => (actual += p.cost_usd)) },
    ];
  }, [data]);
  const requests = useMemo(
    (): Series[] => [
      { name: "requests", color: "--series-1", fill: true, values: data.points.map((p) => p.requests) },
      { name: "in doubt", color: "--series-3", values: data.points.map((p) => p.fallbacks) },
      { name: "failed", color: "--series-4", values: data.points.map((p) => p.errors) },
    ],
    [data],
  );
  const latency = useMemo(
    (): Series[] => [
      { name: "p50", color: "--series-1", values: data.points.map((p) => p.overhead_p50_us) },
      { name: "p99", color: "--series-3", values: data.points.map((p) => p.overhead_p99_us) },
    ],
    [data],
  );
  return (
    <div class="columns three">
      <ChartFrame
        title="Spend against baseline"
        note="cumulative"
        name="spend"
        data={{ header: ["at", "cost_usd", "baseline_usd", "excluded"], rows: data.points.map((p) => [p.at, p.cost_usd, p.baseline_usd, p.excluded]) }}
      >
        <TimeSeries label="Money spent and what the baseline would have cost" times={times} series={money} format={dollars} />
      </ChartFrame>
      <ChartFrame
        title="Requests"
        note={`per ${duration(data.step_seconds * 1e6)}`}
        name="requests"
        data={{ header: ["at", "requests", "in_doubt", "failed"], rows: data.points.map((p) => [p.at, p.requests, p.fallbacks, p.errors]) }}
      >
        <TimeSeries label="Requests over time" times={times} series={requests} format={compact} />
      </ChartFrame>
      <ChartFrame
        title="Added latency"
        name="added-latency"
        data={{ header: ["at", "p50_us", "p99_us"], rows: data.points.map((p) => [p.at, p.overhead_p50_us, p.overhead_p99_us]) }}
      >
        <TimeSeries label="Latency that routing adds" times={times} series={latency} format={duration} />
      </ChartFrame>
    </div>
  );
}

const COLUMNS = ["route", "requests", "excluded", "cost_usd", "baseline_usd", "saved_usd", "saved_share", "low", "high", "conversations"];

function SavingsTable({ report }: { report: SavingsReport }) {
  const lines = [...report.lines].sort((a, b) => b.saved_usd - a.saved_usd);
  const csv = (): void =>
    download("savings-by-route", {
      header: COLUMNS,
      rows: lines.map((l) => [l.name, l.requests, l.excluded, l.cost_usd, l.baseline_usd, l.saved_usd, l.saved_share, l.interval_95?.[0], l.interval_95?.[1], l.conversations]),
    });
  return (
    <Panel
      title="Savings by route"
      note={<Link page="frontier">how this compares</Link>}
      actions={
        <button type="button" class="button icon-only" aria-label="Savings by route: download as CSV" onClick={csv}>
          <Icon name="download" />
        </button>
      }
    >
      <Table
        caption="Savings by route"
        rows={lines}
        id={(line) => line.name}
        columns={[
          { title: "route", cell: (l) => l.name },
          { title: "requests", number: true, cell: (l) => count(l.requests) },
          { title: "excluded", number: true, cell: (l) => count(l.excluded) },
          { title: "cost", number: true, cell: (l) => dollars(l.cost_usd) },
          { title: "baseline", number: true, cell: (l) => dollars(l.baseline_usd) },
          { title: "saved", number: true, cell: (l) => <span class={l.saved_usd < 0 ? "bad" : "good"}>{signedDollars(l.saved_usd)}</span> },
          { title: "share", number: true, cell: (l) => signedPercent(l.saved_share) },
          {
            title: "95 % interval",
            number: true,
            cell: (l) => (l.interval_95 ? <>{signedPercent(l.interval_95[0])} to {signedPercent(l.interval_95[1])}{l.low_sample && <> <Badge tone="warn">low sample</Badge></>}</> : "–"),
          },
          { title: "against", cell: (l) => <span class="muted">{l.baseline_models.join(", ") || "–"}</span> },
        ]}
      />
    </Panel>
  );
}
