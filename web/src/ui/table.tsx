// Plain tables: columns say how they are shown and, for CSV, what they hold.

import type { ComponentChildren } from "preact";
import type { Cell } from "../logic/csv";

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ComponentChildren;
  value?: (row: Row) => Cell;
  number?: boolean;
  class?: string;
}

interface TableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row, at: number) => string | number;
  rowClass?: (row: Row) => string;
}

export function Table<Row>({ caption, columns, rows, id, rowClass }: TableProps<Row>) {
  return (
    <div class="scroller" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={column.number ? "num" : column.class}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={id(row, at)} class={rowClass?.(row)}>
              {columns.map((column) => (
                <td key={column.title} class={`${column.number ? "num" : ""} ${column.class ?? ""}`}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
