// Giving a classifier a role: the gate's table first, then a confirmation that says what follows.

import { useState } from "preact/hooks";
import { ApiError, send } from "../api/client";
import type { ClassifierVersion, GateCheck, GateReport, PromoteAnswer, PromoteBody } from "../api/types";
import { count, percent, short, visible } from "../logic/format";
import { Badge, Failure, Loading, type Tone } from "../ui/basic";
import { useTask } from "../ui/data";
import { Dialog } from "../ui/dialog";
import { Link } from "../ui/navigation";
import { Table } from "../ui/table";

export function Promote({ version, onDone }: { version: ClassifierVersion; onDone: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button small" onClick={() => setOpen(true)}>Promote…</button>
      {open && <PromoteDialog version={version} onClose={() => setOpen(false)} onDone={onDone} />}
    </>
  );
}

const EFFECT: Record<PromoteBody["as"], string> = {
  champion: "It decides from now on, within a second. The one before stays and can be rolled back to.",
  canary: "It decides for a share of the conversations, until the trial stops it or has seen enough.",
  shadow: "It decides nothing; what it would have decided is counted.",
};

function PromoteDialog({ version, onClose, onDone }: { version: ClassifierVersion; onClose: () => void; onDone: () => void }) {
  const task = useTask();
  const [as, setAs] = useState<PromoteBody["as"]>("canary");
  const [share, setShare] = useState(0.1);
  const [reason, setReason] = useState("");
  const [gate, setGate] = useState<GateReport | null>(null);
  const path = `/classifiers/${version.version}/promote`;
  const look = (): Promise<boolean> => task.run(async () => setGate((await send<PromoteAnswer>("POST", path, { as, dry_run: true })).gate));
  const act = async (): Promise<void> => {
    const body: PromoteBody = { as };
    if (as === "canary") body.share = share;
    if (gate && !gate.promotes && reason.trim() !== "") body.force = reason.trim();
    const done = await task.run(() => send("POST", path, body));
    if (done) {
      onClose();
      onDone();
    }
  };
  const refusal = task.error instanceof ApiError && task.error.status === 409 ? (task.error.body as { gate?: GateReport } | null)?.gate : undefined;
  const shown = gate ?? refusal ?? null;
  const blocked = as !== "shadow" && (shown === null || (!shown.promotes && reason.trim() === ""));
  return (
    <Dialog
      title={`Promote ${short(version.version)}`}
      onClose={onClose}
      actions={
        <>
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="button" class={`button ${shown && !shown.promotes ? "danger" : "primary"}`} disabled={task.busy || blocked} onClick={() => void act()}>
            {shown && !shown.promotes && as !== "shadow" ? `Make it ${as} all the same` : `Make it ${as}`}
          </button>
        </>
      }
    >
      <div class="stack">
        <fieldset class="range">
          <legend class="hidden">Role</legend>
          {(["shadow", "canary", "champion"] as const).map((one) => (
            <button key={one} type="button" aria-pressed={as === one} onClick={() => setAs(one)}>{one}</button>
          ))}
        </fieldset>
        <p class="note">{EFFECT[as]}</p>
        {as === "canary" && (
          <label class="slider"><span>Share of the conversations <output class="num">{percent(share, 0)}</output></span><input type="range" min="0.01" max="0.5" step="0.01" value={share} onInput={(event) => setShare(Number(event.currentTarget.value))} /></label>
        )}
        {as !== "shadow" && !shown && <div class="actions"><button type="button" class="button" disabled={task.busy} onClick={() => void look()}>Ask the gate</button><span class="note">Nothing is changed by asking; it takes some seconds.</span></div>}
        {task.busy && !shown && <Loading lines={3} />}
        {task.error && <Failure error={task.error} />}
        {shown && as !== "shadow" && <GateTable gate={shown} />}
        {shown && !shown.promotes && as !== "shadow" && (
          <label>Reason to do it all the same (it is kept)<input value={reason} onInput={(event) => setReason(event.currentTarget.value)} /></label>
        )}
      </div>
    </Dialog>
  );
}

function tone(verdict: GateCheck["verdict"]): Tone {
  return verdict === "passed" ? "good" : verdict === "failed" ? "bad" : verdict === "too little data" ? "warn" : "plain";
}

const figure = (value: number): string => (Math.abs(value) <= 1 ? value.toFixed(3) : value.toFixed(1));

export function GateTable({ gate }: { gate: GateReport }) {
  const open = gate.checks.filter((one) => one.note);
  return (
    <div>
      <p>The gate: <Badge tone={gate.promotes ? "good" : "bad"}>{gate.verdict}</Badge></p>
      <Table
        caption="Checks of the gate"
        rows={gate.checks}
        id={(_one, at) => at}
        columns={[
          { title: "set", cell: (one) => one.set },
          { title: "check", cell: (one) => visible(one.what) },
          { title: "rows", number: true, cell: (one) => count(one.rows) },
          { title: "before", number: true, cell: (one) => figure(one.before) },
          { title: "after", number: true, cell: (one) => figure(one.after) },
          { title: "interval", number: true, cell: (one) => one.interval.map(figure).join(" to ") },
          { title: "limit", number: true, cell: (one) => figure(one.limit) },
          { title: "verdict", cell: (one) => <Badge tone={tone(one.verdict)}>{one.verdict}{one.missing > 0 && `: ${one.missing} labels${one.missing_of ? ` of ${one.missing_of}` : ""}`}</Badge> },
        ]}
      />
      {open.length > 0 && (
        <ul class="note plain">
          {open.map((one, at) => (
            <li key={at}>{visible(one.what)}: {visible(one.note ?? "")} {(one.look_at ?? []).slice(0, 3).map((id) => <Link key={id} page="decisions" query={{ id }}>{id.slice(0, 8)}</Link>)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
