// The log: what was decided, newest first, as it happens if wished; a row opens why.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { follow, get, ApiError } from "../api/client";
import type { DecisionPage, DecisionRow } from "../api/types";
import { count } from "../logic/format";
import { rangeAndFilters } from "../logic/url_state";
import { Empty, Failure, Loading, Panel } from "../ui/basic";
import { Icon } from "../ui/icons";
import { update, useLocation } from "../ui/navigation";
import { PageHead } from "../ui/page";
import { useSurroundings } from "../ui/session";
import { DecisionTable } from "./decision_table";
import { Why } from "./why";

const PAGE = "200";
const MOST_LIVE = 5000;

interface Log {
  rows: DecisionRow[];
  next: string | null;
  total: number;
  loading: boolean;
  error: ApiError | null;
}

const EMPTY: Log = { rows: [], next: null, total: 0, loading: true, error: null };

function useLog(query: Record<string, string>) {
  const [log, set] = useState<Log>(EMPTY);
  const busy = useRef(false);
  const key = JSON.stringify(query);
  const turn = useRef(0);
  const load = useCallback(
    async (cursor: string | null, mine: number) => {
      busy.current = true;
      set((old) => ({ ...old, loading: true, error: null }));
      try {
        const page = await get<DecisionPage>("/decisions", { ...query, limit: PAGE, ...(cursor ? { cursor } : {}) });
        if (mine !== turn.current) return;
        set((old) => ({ rows: cursor ? [...old.rows, ...page.items] : page.items, next: page.next, total: page.total, loading: false, error: null }));
      } catch (error) {
        if (mine === turn.current && error instanceof ApiError) set((old) => ({ ...old, loading: false, error }));
      } finally {
        if (mine === turn.current) busy.current = false;
      }
    },
    [key],
  );
  const restart = useCallback(() => {
    const mine = ++turn.current;
    void load(null, mine);
  }, [load]);
  useEffect(() => {
    set(EMPTY);
    restart();
  }, [restart]);
  const more = (): void => {
    if (!busy.current && log.next !== null) void load(log.next, turn.current);
  };
  const add = useCallback((row: DecisionRow) => {
    set((old) => (old.rows.some((one) => one.id === row.id) ? old : { ...old, rows: [row, ...old.rows].slice(0, Math.max(MOST_LIVE, old.rows.length)), total: old.total + 1 }));
  }, []);
  return { log, more, restart, add };
}

export function Decisions() {
  const { query } = useLocation();
  const { status } = useSurroundings();
  const asked = rangeAndFilters(query);
  const { log, more, restart, add } = useLog(asked);
  const [live, setLive] = useState<"off" | "connecting" | "on">("off");
  const [missed, setMissed] = useState(0);
  const key = JSON.stringify(asked);
  const wanted = query.live === "1";
  useEffect(() => {
    if (!wanted) {
      setLive("off");
      return;
    }
    setLive("connecting");
    setMissed(0);
    const { since: _since, until: _until, ...filters } = asked;
    return follow(filters, { row: add, lagged: (many) => setMissed((old) => old + many), state: (up) => setLive(up ? "on" : "connecting") });
  }, [wanted, key]);
  return (
    <div class="log-page">
      <PageHead title="Decisions" range filters={["category", "model", "stage", "outcome", "key", "fallback"]}>
        <span class="note" role="status">
          {live === "connecting" && "connecting…"}
          {missed > 0 && `${count(missed)} left out: too many at once`}
        </span>
        <button type="button" class={`button ${live === "on" ? "live" : ""}`} aria-pressed={wanted} onClick={() => update({ live: wanted ? null : "1" })}>
          <Icon name={wanted ? "pause" : "playground"} /> {wanted ? "Live" : "Go live"}
        </button>
      </PageHead>
      {log.error && <Failure error={log.error} retry={restart} />}
      <div class={`split ${query.id ? "open" : ""}`}>
        <Panel class="log">
          {log.rows.length === 0 && !log.loading && !log.error ? (
            <Empty title="No decisions match" command={`curl -s ${status.base_url}/v1/route \\\n  -H 'content-type: application/json' \\\n  -d '{"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}'\n# decides without asking a model; /v1/chat/completions asks, and leaves an entry`}>
              Choose a longer time, take filters away, or send a request:
            </Empty>
          ) : log.rows.length === 0 && log.loading ? (
            <Loading lines={12} />
          ) : (
            <DecisionTable
              rows={log.rows}
              chosen={query.id ?? ""}
              onChoose={(id) => update({ id }, query.id !== undefined)}
              onEnd={more}
              label="Decisions"
            />
          )}
          <p class="foot note" role="status">
            {count(log.rows.length)} of {count(log.total)} loaded{log.loading && log.rows.length > 0 ? "; more is coming" : ""}
          </p>
        </Panel>
        {query.id && <Why id={query.id} onClose={() => update({ id: null })} />}
      </div>
    </div>
  );
}
