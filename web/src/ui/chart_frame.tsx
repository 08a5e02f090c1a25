// Every chart stands in one of these: the picture, the same figures as a table, and as CSV.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { toCsv, type Cell } from "../logic/csv";
import { Icon } from "./icons";

export interface ChartData {
  header: readonly string[];
  rows: readonly (readonly Cell[])[];
}

export function download(name: string, data: ChartData): void {
  const link = document.createElement("a");
  const address = URL.createObjectURL(new Blob([toCsv(data.header, data.rows)], { type: "text/csv;charset=utf-8" }));
  link.href = address;
  link.download = `${name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

interface Props {
  title: string;
  note?: ComponentChildren;
  name: string;
  data: ChartData;
  actions?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function ChartFrame({ title, note, name, data, actions, children, ...rest }: Props) {
  const [table, setTable] = useState(false);
  const id = useId();
  return (
    <section class={`panel chart ${rest.class ?? ""}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note && <span class="note">{note}</span>}
        <div class="actions">
          {actions}
          <button type="button" class="button icon-only" aria-pressed={table} aria-label={`${title}: as a table`} title="As a table" onClick={() => setTable(!table)}>
            <Icon name={table ? "chart" : "table"} />
          </button>
          <button type="button" class="button icon-only" aria-label={`${title}: download as CSV`} title="Download as CSV" onClick={() => download(name, data)}>
            <Icon name="download" />
          </button>
        </div>
      </header>
      {table ? <DataTable title={title} data={data} /> : children}
    </section>
  );
}

function shown(cell: Cell): string {
  if (cell === null || cell === undefined) return "–";
  if (typeof cell === "number" && !Number.isInteger(cell)) return String(Number(cell.toPrecision(6)));
  return String(cell);
}

function DataTable({ title, data }: { title: string; data: ChartData }) {
  return (
    <div class="scroller tall" tabIndex={0} role="region" aria-label={`${title}, table`}>
      <table>
        <caption class="hidden">{title}</caption>
        <thead>
          <tr>
            {data.header.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, i) => (
                <td key={i} class={typeof cell === "number" ? "num" : ""}>
                  {shown(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
