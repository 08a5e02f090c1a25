// Making, renewing and revoking keys. A secret is shown once and kept nowhere.

import { useState } from "preact/hooks";
import { send } from "../api/client";
import type { KeySecret, NewKey } from "../api/types";
import { Command, Failure } from "../ui/basic";
import { useTask } from "../ui/data";
import { Dialog } from "../ui/dialog";

function Secret({ secret, onClose }: { secret: KeySecret; onClose: () => void }) {
  return (
    <Dialog title={`The secret of ${secret.name}`} onClose={onClose} actions={<button type="button" class="button primary" onClick={onClose}>I have kept it</button>}>
      <p>It is shown this once; the gateway keeps a hash of it only.</p>
      <Command>{secret.secret}</Command>
    </Dialog>
  );
}

export function CreateKey({ onDone }: { onDone: () => void }) {
  const [open, setOpen] = useState(false);
  const [secret, setSecret] = useState<KeySecret | null>(null);
  const task = useTask();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? "").trim();
    const body: NewKey = { name: text("name") };
    if (text("owner")) body.owner = text("owner");
    if (text("budget")) body.budget_month_usd = Number(text("budget"));
    if (text("expires")) body.expires_days = Number(text("expires"));
    await task.run(async () => {
      setSecret(await send<KeySecret>("POST", "/keys", body));
      setOpen(false);
      onDone();
    });
  };
  return (
    <>
      <button type="button" class="button primary" onClick={() => setOpen(true)}>New key</button>
      {open && (
        <Dialog title="New key" onClose={() => setOpen(false)}>
          <form class="stack" onSubmit={(event) => void submit(event)}>
            <label>Name<input name="name" required maxLength={64} pattern="[A-Za-z0-9][A-Za-z0-9._\-]*" title="Letters, digits, '.', '_' and '-'" /></label>
            <label>Owner<input name="owner" placeholder="acme/search" maxLength={128} /></label>
            <label>Dollars a month<input name="budget" type="number" min="0.01" step="0.01" placeholder="no budget" /></label>
            <label>Days until it expires<input name="expires" type="number" min="1" step="1" placeholder="never" /></label>
            {task.error && <Failure error={task.error} />}
            <div class="actions"><button type="submit" class="button primary" disabled={task.busy}>Create</button></div>
            <p class="note">Rates, models and categories: <code>pointsman keys create</code>.</p>
          </form>
        </Dialog>
      )}
      {secret && <Secret secret={secret} onClose={() => setSecret(null)} />}
    </>
  );
}

export function KeyActions({ name, onDone }: { name: string; onDone: () => void }) {
  const [asking, setAsking] = useState<"rotate" | "revoke" | null>(null);
  const [secret, setSecret] = useState<KeySecret | null>(null);
  const task = useTask();
  const path = `/keys/${encodeURIComponent(name)}`;
  const rotate = (): Promise<boolean> =>
    task.run(async () => {
      setSecret(await send<KeySecret>("POST", `${path}/rotate`, { grace_seconds: 86_400 }));
      setAsking(null);
      onDone();
    });
  const revoke = (): Promise<boolean> =>
    task.run(async () => {
      await send("POST", `${path}/revoke`);
      setAsking(null);
      onDone();
    });
  return (
    <div class="actions">
      <button type="button" class="button small" aria-label={`Rotate ${name}`} onClick={() => setAsking("rotate")}>Rotate</button>
      <button type="button" class="button small" aria-label={`Revoke ${name}`} onClick={() => setAsking("revoke")}>Revoke</button>
      {asking && (
        <Dialog
          title={asking === "rotate" ? `New secret for ${name}?` : `Revoke ${name}?`}
          onClose={() => setAsking(null)}
          actions={
            <>
              <button type="button" class="button" onClick={() => setAsking(null)}>Cancel</button>
              <button type="button" class={`button ${asking === "revoke" ? "danger" : "primary"}`} disabled={task.busy} onClick={() => void (asking === "rotate" ? rotate() : revoke())}>{asking === "rotate" ? "Rotate" : "Revoke"}</button>
            </>
          }
        >
          <p>{asking === "rotate" ? "The old secret works for another 24 hours." : "Whoever uses it is refused from now on. This cannot be undone; its name is free again."}</p>
          {task.error && <Failure error={task.error} />}
        </Dialog>
      )}
      {secret && <Secret secret={secret} onClose={() => setSecret(null)} />}
    </div>
  );
}
