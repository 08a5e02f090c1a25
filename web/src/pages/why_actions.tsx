// What can be done about one decision: say what would have been right, and ask another model the same.

import { useState } from "preact/hooks";
import { send } from "../api/client";
import type { DecisionDetail, Entry, FeedbackBody, RunAnswer } from "../api/types";
import { count, dollars, duration, visible } from "../logic/format";
import { Failure } from "../ui/basic";
import { useTask } from "../ui/data";
import { Dialog } from "../ui/dialog";
import { useSurroundings } from "../ui/session";

const NONE = "\u0000none";

export function Correct({ data, onDone }: { data: DecisionDetail; onDone: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button small" onClick={() => setOpen(true)}>Correct</button>
      {open && <CorrectDialog data={data} onClose={() => setOpen(false)} onDone={onDone} />}
    </>
  );
}

function CorrectDialog({ data, onClose, onDone }: { data: DecisionDetail; onClose: () => void; onDone: () => void }) {
  const task = useTask();
  const [key] = useState(() => crypto.randomUUID());
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const category = String(form.get("category") ?? "");
    const verdict = String(form.get("verdict") ?? "");
    const comment = String(form.get("comment") ?? "").trim();
    const body: FeedbackBody = {};
    if (category !== "") body.category = category === NONE ? null : category;
    if (verdict !== "") body.verdict = verdict as NonNullable<FeedbackBody["verdict"]>;
    if (comment !== "") body.comment = comment;
    if (await task.run(() => send("POST", `/decisions/${data.entry.id}/feedback`, body, key))) {
      onClose();
      onDone();
    }
  };
  return (
    <Dialog title="What would have been right?" onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <label>
          Category
          <select name="category">
            <option value="">not said</option>
            {data.categories.map((one) => (
              <option key={one} value={one}>{one}{one === data.entry.category ? " (as decided)" : ""}</option>
            ))}
            <option value={NONE}>none of them</option>
          </select>
        </label>
        <label>
          The model that answered was
          <select name="verdict">
            <option value="">not said</option>
            <option value="good_fit">a good fit</option>
            <option value="underpowered">too weak</option>
            <option value="overpowered">stronger than needed</option>
          </select>
        </label>
        <label>
          Comment
          <textarea name="comment" rows={3} maxLength={4096} />
        </label>
        {task.error && <Failure error={task.error} />}
        <p class="note">Takes effect on nearly identical requests within two seconds, and teaches the next classifier.</p>
        <div class="actions"><button type="submit" class="button primary" disabled={task.busy}>{task.busy ? "Saving…" : "Save"}</button></div>
      </form>
    </Dialog>
  );
}

export function ReplayElsewhere({ entry }: { entry: Entry }) {
  const [open, setOpen] = useState(false);
  if (entry.text === undefined) return null;
  return (
    <>
      <button type="button" class="button small" onClick={() => setOpen(true)}>Replay elsewhere</button>
      {open && <ReplayDialog entry={entry} onClose={() => setOpen(false)} />}
    </>
  );
}

function ReplayDialog({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const { status } = useSurroundings();
  const task = useTask();
  const others = status.models.filter((one) => one !== entry.model);
  const [model, setModel] = useState(others[0] ?? "");
  const [answer, setAnswer] = useState<RunAnswer | null>(null);
  const run = (): Promise<boolean> =>
    task.run(async () => setAnswer(await send<RunAnswer>("POST", "/run", { decision_id: entry.id, model, max_output_tokens: 500 })));
  return (
    <Dialog title="Ask another model the same" onClose={onClose}>
      <div class="stack">
        <label>
          Model
          <select value={model} onChange={(event) => setModel(event.currentTarget.value)}>
            {others.map((one) => <option key={one} value={one}>{one}</option>)}
          </select>
        </label>
        <p class="note">This asks the provider and costs money: the text that was kept, without the conversation around it, at most 500 tokens of answer.</p>
        <div class="actions"><button type="button" class="button primary" disabled={task.busy || model === ""} onClick={() => void run()}>{task.busy ? "Asking…" : "Ask"}</button></div>
        {task.error && <Failure error={task.error} />}
        {answer && <RunResult answer={answer} />}
      </div>
    </Dialog>
  );
}

export function RunResult({ answer }: { answer: RunAnswer }) {
  return (
    <div>
      <p class="note" role="status">
        {answer.model} at {answer.provider}: {answer.status}, {dollars(answer.cost_usd)}, first byte {duration(answer.first_byte_us)}, {duration(answer.total_us)} in all, {count(answer.input_tokens)} tokens in, {count(answer.output_tokens)} out{answer.cut && ", cut at the limit"}
      </p>
      <pre class="answer" tabIndex={0} aria-label="Answer">{visible(answer.answer)}</pre>
    </div>
  );
}
