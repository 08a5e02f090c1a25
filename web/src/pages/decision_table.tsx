// Many decisions as a table of which only what is on the screen exists. Arrow keys move, Enter opens.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { DecisionRow } from "../api/types";
import { clock, day, dollars, duration, firstLine, signedDollars } from "../logic/format";
import { scrollToShow, visibleRows } from "../logic/virtual";
import { Badge, Confidence, type Tone } from "../ui/basic";

export const ROW = 34;

interface Props {
  label: string;
  rows: readonly DecisionRow[];
  chosen: string;
  onChoose: (id: string) => void;
  onEnd?: () => void;
}

const HEAD = ["time", "category", "confidence", "decided by", "model", "status", "cost", "saved", "first byte", "key", "text"];

export function outcomeTone(row: { outcome: string }): Tone {
  if (row.outcome === "ok") return "good";
  return row.outcome === "client_gone" || row.outcome === "client_error" ? "warn" : "bad";
}

export function DecisionTable({ label, rows, chosen, onChoose, onEnd }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [active, setActive] = useState<string>("");
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = (): void => setHeight(element.clientHeight);
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const shown = visibleRows(rows.length, ROW, top, height);
  useEffect(() => {
    if (shown.end >= rows.length - 40) onEnd?.();
  }, [shown.end, rows.length]);
  const at = rows.findIndex((row) => row.id === (active || chosen));
  const move = (to: number): void => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, to))];
    const element = box.current;
    if (!row || !element) return;
    setActive(row.id);
    element.scrollTop = scrollToShow(rows.indexOf(row), ROW, element.scrollTop, element.clientHeight - ROW);
    if (chosen) onChoose(row.id);
  };
  const key = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(height / ROW) - 2);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1 };
    const to = steps[event.key];
    if (to !== undefined) move(to);
    else if (event.key === "Enter" && at >= 0) onChoose(rows[at]?.id ?? "");
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      class="virtual"
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={HEAD.length}
      tabIndex={0}
      aria-activedescendant={at >= shown.first && at < shown.end ? `row-${rows[at]?.id}` : undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={key}
    >
      <div class="row head" role="row" aria-rowindex={1}>
        {HEAD.map((name, i) => (
          <span key={name} role="columnheader" aria-colindex={i + 1}>
            {name}
          </span>
        ))}
      </div>
      <Space height={shown.before} />
      {rows.slice(shown.first, shown.end).map((row, i) => (
        <Row key={row.id} row={row} index={shown.first + i} chosen={row.id === chosen} active={row.id === active} onChoose={() => (setActive(row.id), onChoose(row.id))} />
      ))}
      <Space height={shown.after} />
    </div>
  );
}

// Room for rows that are not there, so that the scroll bar is true.
function Space({ height }: { height: number }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (ref.current) ref.current.style.height = `${height}px`;
  }, [height]);
  return <div ref={ref} role="presentation" />;
}

interface RowProps {
  row: DecisionRow;
  index: number;
  chosen: boolean;
  active: boolean;
  onChoose: () => void;
}

function Row({ row, index, chosen, active, onChoose }: RowProps) {
  const saved = row.cost_usd !== null && row.baseline_cost_usd !== null ? row.baseline_cost_usd - row.cost_usd : null;
  const doubt = row.stage === "fallback";
  return (
    <div id={`row-${row.id}`} class={`row ${chosen ? "chosen" : ""} ${active ? "active" : ""}`} role="row" aria-rowindex={index + 2} aria-selected={chosen} onClick={onChoose}>
      <span role="gridcell" title={`${day(row.started)} ${row.started.slice(11, 23)} UTC`}>{clock(row.started)}</span>
      <span role="gridcell">
        {row.category || <span class="muted">–</span>}
        {row.labelled !== null && row.labelled !== row.category && <Badge tone="bad">→ {row.labelled || "none"}</Badge>}
      </span>
      <span role="gridcell"><Confidence value={row.probability} threshold={row.threshold} /></span>
      <span role="gridcell">{doubt ? <Badge tone="warn">{row.reason}</Badge> : <span class="muted">{row.stage}</span>}</span>
      <span role="gridcell">{row.model || <span class="muted">none</span>}{row.attempts > 1 && <small> · {row.attempts} attempts</small>}</span>
      <span role="gridcell"><span class={`dot ${outcomeTone(row)}`} />{row.status}{row.outcome !== "ok" && <small> {row.outcome}</small>}</span>
      <span role="gridcell" class="num">{row.cost_usd === null ? <span class="muted">unknown</span> : dollars(row.cost_usd)}</span>
      <span role="gridcell" class="num">{saved === null ? <span class="muted">–</span> : <span class={saved < 0 ? "bad" : "good"}>{signedDollars(saved)}</span>}</span>
      <span role="gridcell" class="num">{row.first_byte_us > 0 ? duration(row.first_byte_us) : "–"}</span>
      <span role="gridcell">{row.key || <span class="muted">–</span>}</span>
      <span role="gridcell" class="text">{row.text === null ? <span class="muted">not kept</span> : firstLine(row.text)}</span>
    </div>
  );
}
