// One time range and one set of filters for all pages; both live in the address.

import { useState } from "preact/hooks";
import { DEFAULT_SINCE, FILTERS, isTime, type FilterName } from "../logic/url_state";
import { Icon } from "./icons";
import { update, useLocation } from "./navigation";
import { useSurroundings } from "./session";

const RANGES = ["1h", "24h", "7d", "30d"] as const;

export function TimeRange() {
  const { query } = useLocation();
  const since = query.since ?? DEFAULT_SINCE;
  const own = query.until !== undefined || !(RANGES as readonly string[]).includes(since);
  const [typing, setTyping] = useState(own);
  return (
    <div class="range" role="group" aria-label="Time range">
      {RANGES.map((one) => (
        <button key={one} type="button" aria-pressed={!own && since === one} onClick={() => (setTyping(false), update({ since: one, until: null }))}>
          {one}
        </button>
      ))}
      <button type="button" aria-pressed={own} aria-expanded={typing} onClick={() => setTyping(!typing)}>
        Custom
      </button>
      {typing && <CustomRange since={since} until={query.until ?? ""} />}
    </div>
  );
}

function CustomRange({ since, until }: { since: string; until: string }) {
  const [wrong, setWrong] = useState("");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const [from, to] = [String(form.get("since")).trim(), String(form.get("until")).trim()];
    if (!isTime(from) || (to !== "" && !isTime(to))) setWrong("Write 90m, 24h, 7d, or a date like 2026-01-31 or 2026-01-31T10:00Z.");
    else {
      setWrong("");
      update({ since: from, until: to });
    }
  };
  return (
    <form class="custom" onSubmit={submit}>
      <label>
        from <input name="since" size={11} defaultValue={since} aria-invalid={wrong !== ""} />
      </label>
      <label>
        to <input name="until" size={11} defaultValue={until} placeholder="now" aria-invalid={wrong !== ""} />
      </label>
      <button type="submit" class="button small">
        Show
      </button>
      {wrong && (
        <span class="wrong" role="alert">
          {wrong}
        </span>
      )}
    </form>
  );
}

const STAGES = ["client", "rule", "memory", "local", "llm", "fallback", "passthrough"];
const OUTCOMES = ["ok", "client_error", "upstream_error", "cut", "client_gone", "gateway_error"];

function useChoices(): Record<Exclude<FilterName, "fallback">, string[]> {
  const { status } = useSurroundings();
  return {
    category: status.categories.map((one) => one.name),
    model: status.models,
    stage: STAGES,
    outcome: OUTCOMES,
    key: status.keys,
  };
}

export function Filters({ names = FILTERS }: { names?: readonly FilterName[] }) {
  const { query } = useLocation();
  const choices = useChoices();
  const active = names.filter((name) => query[name] !== undefined);
  return (
    <div class="filters" role="group" aria-label="Filters">
      {names.map((name) =>
        name === "fallback" ? (
          <button key={name} type="button" class="chip" aria-pressed={query.fallback === "1"} onClick={() => update({ fallback: query.fallback === "1" ? null : "1" })}>
            in doubt
          </button>
        ) : (
          <Choice key={name} name={name} value={query[name] ?? ""} choices={choices[name]} />
        ),
      )}
      {active.length > 0 && (
        <button type="button" class="chip clear" onClick={() => update(Object.fromEntries(active.map((name) => [name, null])))}>
          <Icon name="close" /> Clear
        </button>
      )}
    </div>
  );
}

function Choice({ name, value, choices }: { name: string; value: string; choices: string[] }) {
  const all = value === "" || choices.includes(value) ? choices : [value, ...choices];
  return (
    <label class={`chip ${value === "" ? "" : "on"}`}>
      <span>{name}</span>
      <select value={value} onChange={(event) => update({ [name]: event.currentTarget.value })}>
        <option value="">any</option>
        {all.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}
