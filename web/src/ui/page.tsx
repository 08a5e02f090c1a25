// The head of a page, and what to show while its data comes, or does not.

import type { ComponentChildren } from "preact";
import type { FilterName } from "../logic/url_state";
import { Failure, Loading } from "./basic";
import type { Loaded } from "./data";
import { Filters, TimeRange } from "./time_filter";

interface HeadProps {
  title: string;
  range?: boolean;
  filters?: readonly FilterName[] | undefined;
  children?: ComponentChildren;
}

export function PageHead({ title, range = false, filters, children }: HeadProps) {
  return (
    <header class="page-head">
      <div class="line">
        <h1>{title}</h1>
        <div class="actions">
          {children}
          {range && <TimeRange />}
        </div>
      </div>
      {filters && <Filters names={filters} />}
    </header>
  );
}

// The old answer stays while a new one is loaded; an error stands above it.
export function Answer<T>({ of, lines, children }: { of: Loaded<T>; lines?: number; children: (data: T) => ComponentChildren }) {
  return (
    <div class={of.loading && of.data ? "reloading" : ""} aria-busy={of.loading}>
      {of.error && <Failure error={of.error} retry={of.reload} />}
      {of.data !== null ? children(of.data) : of.loading && <Loading lines={lines ?? 6} />}
    </div>
  );
}
