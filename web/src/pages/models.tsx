// Classifiers: which serve, what they are made of, what the gate says, and going forward or back.

import { useState } from "preact/hooks";
import { send } from "../api/client";
import type { CanaryTrial, ClassifierVersion, Classifiers, ShadowCount, Training } from "../api/types";
import { bytes, count, dollars, minute, percent, short, visible } from "../logic/format";
import { Badge, Empty, Failure, Meter, Panel } from "../ui/basic";
import { useApi, useTask } from "../ui/data";
import { Dialog } from "../ui/dialog";
import { update, useLocation } from "../ui/navigation";
import { Answer, PageHead } from "../ui/page";
import { may, useSurroundings } from "../ui/session";
import { Table } from "../ui/table";
import { Card } from "./model_card";
import { Promote } from "./promote";

export function Models() {
  const { query } = useLocation();
  const { session } = useSurroundings();
  const classifiers = useApi<Classifiers>("/classifiers");
  const admin = may(session, "admin");
  return (
    <>
      <PageHead title="Models & training">{admin && classifiers.data && <RollBack data={classifiers.data} onDone={classifiers.reload} />}</PageHead>
      <Answer of={classifiers} lines={10}>
        {(data) => (
          <>
            <div class="columns two">
              <TrainingPanel training={data.training} admin={admin} onDone={classifiers.reload} />
              <Trials data={data} admin={admin} onDone={classifiers.reload} />
            </div>
            <Versions data={data} admin={admin} chosen={query.version ?? ""} onDone={classifiers.reload} />
            {query.version && <Card version={data.versions.find((one) => one.version === query.version)} onClose={() => update({ version: null })} />}
            <History data={data} />
          </>
        )}
      </Answer>
    </>
  );
}

interface Acting {
  admin: boolean;
  onDone: () => void;
}

function TrainingPanel({ training, admin, onDone }: Acting & { training: Training }) {
  const task = useTask();
  const start = async (): Promise<void> => {
    if (await task.run(() => send("POST", "/training"))) onDone();
  };
  return (
    <Panel title="Training" actions={admin && <button type="button" class="button small" disabled={task.busy || training.running} onClick={() => void start()}>Train now</button>}>
      <dl class="facts wide">
        <dt>now</dt>
        <dd>{training.running ? <Meter value={training.share} label={`Training: ${training.stage}`} text={`${training.stage}, ${percent(training.share, 0)}`} /> : "nothing is being trained"}</dd>
        <dt>new labels</dt>
        <dd><Meter value={training.min_new_labels > 0 ? training.new_labels / training.min_new_labels : 0} label="New labels" text={`${count(training.new_labels)} of ${count(training.min_new_labels)}`} /></dd>
        <dt>schedule</dt>
        <dd>{training.every_seconds > 0 ? `every ${training.every_seconds / 3600} h, where there are enough labels` : <>only by hand; <code>learn: {"{"}every: 6h{"}"}</code> lets it look by itself</>}</dd>
        {training.last_error && (<><dt>last time</dt><dd class="wrong">{visible(training.last_error)}</dd></>)}
      </dl>
      {task.error && <Failure error={task.error} />}
    </Panel>
  );
}

function Trials({ data, admin, onDone }: Acting & { data: Classifiers }) {
  if (!data.canary && !data.shadow) return <Panel title="Trials"><Empty title="Nothing is on trial" command="pointsman promote newest --as shadow">A shadow decides nothing and is compared; a canary decides for a share of the conversations.</Empty></Panel>;
  return (
    <Panel title="Trials">
      {data.canary && <Canary trial={data.canary} admin={admin} onDone={onDone} />}
      {data.shadow && <Shadow count_={data.shadow} admin={admin} onDone={onDone} />}
    </Panel>
  );
}

function Withdraw({ role, onDone }: { role: "canary" | "shadow"; onDone: () => void }) {
  const task = useTask();
  const act = async (): Promise<void> => {
    if (await task.run(() => send("POST", "/classifiers/withdraw", { role }))) onDone();
  };
  return (
    <>
      <button type="button" class="button small" disabled={task.busy} onClick={() => void act()}>Withdraw</button>
      {task.error && <Failure error={task.error} />}
    </>
  );
}

function Canary({ trial, admin, onDone }: Acting & { trial: CanaryTrial }) {
  const arms = [{ name: "champion", ...trial.champion }, { name: "canary", ...trial.canary }];
  return (
    <section class="trial">
      <h3>Canary <code>{short(trial.version)}</code> <Badge tone={trial.decision === "stop" ? "bad" : trial.decision === "enough" ? "good" : "accent"}>{trial.decision}</Badge> {admin && <Withdraw role="canary" onDone={onDone} />}</h3>
      <Meter value={trial.share} label="Share of the conversations" text={`${percent(trial.share, 0)} of the conversations`} />
      <Table
        caption="Canary trial"
        rows={arms}
        id={(arm) => arm.name}
        columns={[
          { title: "side", cell: (arm) => arm.name },
          { title: "conversations", number: true, cell: (arm) => count(arm.conversations) },
          { title: "went badly", number: true, cell: (arm) => percent(arm.conversations > 0 ? arm.bad / arm.conversations : null) },
          { title: "cost each", number: true, cell: (arm) => dollars(arm.priced > 0 ? arm.cost_usd / arm.priced : null) },
        ]}
      />
      <p class="note">{visible(trial.text)}</p>
    </section>
  );
}

function Shadow({ count_, admin, onDone }: Acting & { count_: ShadowCount }) {
  return (
    <section class="trial">
      <h3>Shadow <code>{short(count_.version)}</code> {admin && <Withdraw role="shadow" onDone={onDone} />}</h3>
      <p class="note">Scored {count(count_.scored)} decisions and would have decided {percent(count_.scored > 0 ? count_.other / count_.scored : null)} of them otherwise; missed {count(count_.missed)}.</p>
    </section>
  );
}

function roles(version: ClassifierVersion) {
  return version.roles.map((one) => (
    <Badge key={one.role} tone={one.role === "champion" ? "good" : "accent"}>{one.role}{one.role === "canary" && ` ${percent(one.share, 0)}`}</Badge>
  ));
}

function Versions({ data, admin, chosen, onDone }: Acting & { data: Classifiers; chosen: string }) {
  if (data.versions.length === 0) {
    return <Panel title="Versions"><Empty title="No classifier has been registered" command="pointsman train --from-ledger">The configuration’s decides. Make one from your labels:</Empty></Panel>;
  }
  return (
    <Panel title="Versions" note="newest first">
      <Table
        caption="Versions"
        rows={[...data.versions].reverse()}
        id={(one) => one.version}
        rowClass={(one) => (one.version === chosen ? "chosen" : "")}
        columns={[
          { title: "version", cell: (one) => <button type="button" class="link" aria-pressed={one.version === chosen} onClick={() => update({ version: one.version === chosen ? null : one.version })}><code>{short(one.version)}</code></button> },
          { title: "role", cell: roles },
          { title: "made (UTC)", cell: (one) => minute(one.made) },
          { title: "origin", cell: (one) => one.origin },
          { title: "parent", cell: (one) => <code class="muted">{short(one.parent)}</code> },
          { title: "examples", number: true, cell: (one) => count(one.examples) },
          { title: "accuracy", number: true, cell: (one) => percent(one.accuracy) },
          { title: "ECE", number: true, cell: (one) => (one.calibration_error === null ? "–" : one.calibration_error.toFixed(3)) },
          { title: "proofs", cell: (one) => [one.certificate && "certificate", one.pairing && "pairing"].filter(Boolean).join(", ") || "–" },
          { title: "size", number: true, cell: (one) => bytes(one.bytes) },
          { title: "Promote", cell: (one) => admin && !one.roles.some((held) => held.role === "champion") && <Promote version={one} onDone={onDone} /> },
        ]}
      />
    </Panel>
  );
}

function RollBack({ data, onDone }: { data: Classifiers; onDone: () => void }) {
  const [open, setOpen] = useState(false);
  const task = useTask();
  const champion = data.versions.find((one) => one.roles.some((held) => held.role === "champion"));
  const before = data.events.find((one) => champion && one.version === champion.version && one.before !== "")?.before;
  if (!champion || !before) return null;
  const act = async (): Promise<void> => {
    if (await task.run(() => send("POST", "/classifiers/rollback"))) {
      setOpen(false);
      onDone();
    }
  };
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>Roll back</button>
      {open && (
        <Dialog title="Roll back?" onClose={() => setOpen(false)} actions={<><button type="button" class="button" onClick={() => setOpen(false)}>Cancel</button><button type="button" class="button danger" disabled={task.busy} onClick={() => void act()}>Roll back</button></>}>
          <p><code>{short(before)}</code> takes the place of <code>{short(champion.version)}</code> within a second. Requests under way keep the one they began with. Promote it again to undo this.</p>
          {task.error && <Failure error={task.error} />}
        </Dialog>
      )}
    </>
  );
}

function History({ data }: { data: Classifiers }) {
  if (data.events.length === 0) return null;
  return (
    <Panel title="What happened" note="newest first">
      <Table
        caption="What happened"
        rows={data.events}
        id={(one) => one.number}
        columns={[
          { title: "time (UTC)", cell: (one) => minute(one.at) },
          { title: "event", cell: (one) => <Badge tone={one.kind === "refused" || one.kind === "stopped" ? "bad" : one.kind === "promoted" ? "good" : "plain"}>{one.kind}</Badge> },
          { title: "version", cell: (one) => <code>{short(one.version)}</code> },
          { title: "before", cell: (one) => <code class="muted">{short(one.before)}</code> },
          { title: "who", cell: (one) => visible(one.who) || "–" },
          { title: "reason", cell: (one) => visible(one.reason) || "–" },
        ]}
      />
    </Panel>
  );
}
