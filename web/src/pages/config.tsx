// The configuration in force, where each value comes from, how the file differs, and whether a change would load.

import { useMemo, useState } from "preact/hooks";
import { send } from "../api/client";
import type { ConfigProblem, ConfigView, ValidateAnswer } from "../api/types";
import { minute, short, visible } from "../logic/format";
import { diffLines, hunks } from "../logic/line_diff";
import { Badge, Empty, Failure, Panel } from "../ui/basic";
import { useApi, useTask } from "../ui/data";
import { update, useLocation } from "../ui/navigation";
import { Answer, PageHead } from "../ui/page";
import { Table } from "../ui/table";

const TABS = [
  { name: "values", title: "Effective values" },
  { name: "diff", title: "File against running" },
  { name: "validate", title: "Validate" },
] as const;

export function Config() {
  const { query } = useLocation();
  const config = useApi<ConfigView>("/config");
  const tab = TABS.find((one) => one.name === query.tab)?.name ?? "values";
  return (
    <>
      <PageHead title="Config">
        <div class="range" role="group" aria-label="View">
          {TABS.map((one) => <button key={one.name} type="button" aria-pressed={tab === one.name} onClick={() => update({ tab: one.name === "values" ? null : one.name })}>{one.title}</button>)}
        </div>
      </PageHead>
      <Answer of={config} lines={12}>
        {(data) => (
          <>
            <p class="note origin">{data.path || "no file: defaults and the environment"} · loaded {minute(data.loaded)} UTC · version <code>{short(data.version)}</code> {data.file_version !== data.version && <Badge tone="warn">the file has changed since</Badge>}</p>
            {tab === "values" && <Values data={data} />}
            {tab === "diff" && <Difference data={data} />}
            {tab === "validate" && <Validate data={data} />}
          </>
        )}
      </Answer>
    </>
  );
}

function Values({ data }: { data: ConfigView }) {
  const [search, setSearch] = useState("");
  const [changedOnly, setChangedOnly] = useState(false);
  const wanted = search.trim().toLowerCase();
  const rows = data.values.filter((one) => (!changedOnly || one.origin !== "default") && (one.key.toLowerCase().includes(wanted) || one.value.toLowerCase().includes(wanted)));
  return (
    <Panel
      title="Effective values"
      note={`${rows.length} of ${data.values.length}`}
      actions={
        <>
          <label class="inline"><span class="hidden">Search</span><input type="search" placeholder="key or value" value={search} onInput={(event) => setSearch(event.currentTarget.value)} /></label>
          <button type="button" class="button small" aria-pressed={changedOnly} onClick={() => setChangedOnly(!changedOnly)}>Without defaults</button>
        </>
      }
    >
      {rows.length === 0 ? <Empty title="Nothing of that name" /> : (
        <Table
          caption="Effective values"
          rows={rows}
          id={(one) => one.key}
          columns={[
            { title: "key", cell: (one) => <code>{one.key}</code> },
            { title: "value", class: "value", cell: (one) => (one.secret ? <span class="muted">{visible(one.value)}</span> : <code>{visible(one.value)}</code>) },
            { title: "from", cell: (one) => <Badge tone={one.origin === "default" ? "plain" : "accent"}>{one.origin}</Badge> },
            { title: "place", cell: (one) => <span class="muted">{one.place || "–"}</span> },
          ]}
        />
      )}
    </Panel>
  );
}

function Problems({ problems }: { problems: readonly ConfigProblem[] }) {
  return (
    <ul class="problems">
      {problems.map((one, at) => (
        <li key={at}><code>{one.line}:{one.column}</code> <strong>{visible(one.key)}</strong> {visible(one.message)}</li>
      ))}
    </ul>
  );
}

function Difference({ data }: { data: ConfigView }) {
  const lines = useMemo(() => hunks(diffLines(data.yaml, data.file_yaml)), [data]);
  return (
    <Panel title="What a reload would change" note="effective values, secrets reduced to a hint">
      {data.file_problems.length > 0 && <><p class="wrong">The file does not load; what runs stays.</p><Problems problems={data.file_problems} /></>}
      {lines.length === 0 && data.file_problems.length === 0 && <Empty title="Nothing: the file is what runs" command="pointsman check" />}
      {lines.length > 0 && (
        <pre class="diff" tabIndex={0} aria-label="Difference">
          {lines.map((line, at) =>
            line === null ? <span key={at} class="gap">…{"\n"}</span> : <span key={at} class={line.kind}>{line.kind === "added" ? "+" : line.kind === "removed" ? "−" : " "} {visible(line.text)}{"\n"}</span>,
          )}
        </pre>
      )}
    </Panel>
  );
}

function Validate({ data }: { data: ConfigView }) {
  const task = useTask();
  const [yaml, setYaml] = useState("");
  const [answer, setAnswer] = useState<ValidateAnswer | null>(null);
  const check = (): Promise<boolean> => task.run(async () => setAnswer(await send<ValidateAnswer>("POST", "/config/validate", { yaml })));
  return (
    <div class="columns two">
      <Panel title="A configuration to try" actions={<button type="button" class="button small" onClick={() => setYaml(data.yaml)}>Start from what runs</button>}>
        <label class="stack"><span class="hidden">YAML</span><textarea class="code" rows={22} spellcheck={false} value={yaml} placeholder="Paste YAML here. Nothing is kept or changed." onInput={(event) => setYaml(event.currentTarget.value)} /></label>
        <div class="actions"><button type="button" class="button primary" disabled={task.busy || yaml.trim() === ""} onClick={() => void check()}>{task.busy ? "Checking…" : "Validate"}</button></div>
      </Panel>
      <Panel title="What the loader says">
        {task.error && <Failure error={task.error} />}
        {!answer && !task.error && <p class="note">Mistakes with line and column, and what would change.</p>}
        {answer && (answer.ok ? <p role="status"><Badge tone="good">it loads</Badge> version <code>{short(answer.version)}</code></p> : <p role="status"><Badge tone="bad">it does not load</Badge></p>)}
        {answer && answer.problems.length > 0 && <Problems problems={answer.problems} />}
        {answer && answer.changes.length > 0 && (
          <Table caption="What would change" rows={answer.changes} id={(one) => one.key} columns={[
            { title: "key", cell: (one) => <code>{visible(one.key)}</code> },
            { title: "now", class: "value", cell: (one) => <code class="bad">{one.before === null ? "–" : visible(one.before)}</code> },
            { title: "then", class: "value", cell: (one) => <code class="good">{one.after === null ? "–" : visible(one.after)}</code> },
          ]} />
        )}
        {answer && answer.ok && answer.changes.length === 0 && <p class="note">Nothing would change.</p>}
      </Panel>
    </div>
  );
}
