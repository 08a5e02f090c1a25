// Where would this go, and why? Deciding calls nobody and costs nothing; running asks the model that was chosen.

import { useEffect, useState } from "preact/hooks";
import { send } from "../api/client";
import type { DecisionDetail, RouteAnswer, RunAnswer } from "../api/types";
import { chatCommand } from "../logic/curl";
import { dollars, duration, percent, visible } from "../logic/format";
import { Badge, Copy, Failure, Panel } from "../ui/basic";
import { useApi, useTask } from "../ui/data";
import { useLocation } from "../ui/navigation";
import { PageHead } from "../ui/page";
import { may, useSurroundings } from "../ui/session";
import { Probabilities } from "./probabilities";
import { NearestList, WordList } from "./reasons";
import { RunResult } from "./why_actions";

export function Playground() {
  const { query } = useLocation();
  const from = useApi<DecisionDetail>(query.decision ? `/decisions/${encodeURIComponent(query.decision)}` : "");
  const [text, setText] = useState("");
  const [context, setContext] = useState("");
  const [route, setRoute] = useState<RouteAnswer | null>(null);
  const deciding = useTask();
  useEffect(() => {
    if (from.data?.entry.text !== undefined) {
      setText(from.data.entry.text);
      setContext(from.data.entry.context ?? "");
    }
  }, [from.data]);
  const decide = (): Promise<boolean> => deciding.run(async () => setRoute(await send<RouteAnswer>("POST", "/route", context.trim() === "" ? { text } : { text, context })));
  const key = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void decide();
  };
  return (
    <>
      <PageHead title="Playground" />
      <div class="columns two">
        <Panel title="A request">
          <form class="stack" onSubmit={(event) => (event.preventDefault(), void decide())}>
            {from.error && <Failure error={from.error} />}
            <label>The message before, if any<input value={context} onInput={(event) => setContext(event.currentTarget.value)} /></label>
            <label>Text<textarea rows={9} value={text} required placeholder="Explain why the sky is blue." onInput={(event) => setText(event.currentTarget.value)} onKeyDown={key} /></label>
            <div class="actions">
              <button type="submit" class="button primary" disabled={deciding.busy || text.trim() === ""}>{deciding.busy ? "Deciding…" : "Decide"} <kbd>Ctrl ↵</kbd></button>
              <span class="note">free: asks no model</span>
            </div>
          </form>
          {deciding.error && <Failure error={deciding.error} />}
        </Panel>
        {route ? <Decision answer={route} text={text} /> : <Panel title="The decision"><p class="note">Where it would go, how sure that is, and what it would cost.</p></Panel>}
      </div>
    </>
  );
}

function Decision({ answer, text }: { answer: RouteAnswer; text: string }) {
  const { status, session } = useSurroundings();
  const { decision } = answer;
  const names = Object.keys(decision.probabilities);
  const thresholds = status.categories.map((one) => ({ category: one.name, threshold: one.threshold, certified: one.certified }));
  return (
    <Panel title="The decision" actions={<Copy label="cURL" text={chatCommand({ baseUrl: status.base_url, model: "auto", text })} />} class="why-like">
      <p class="summary" role="status">
        <strong>{decision.category ?? "no category"}</strong> {decision.confidence !== null && <>with {percent(decision.confidence)}</>} by <strong>{decision.stage}</strong> (<code>{decision.reason}</code>) → <strong>{decision.model}</strong> {decision.fallback && <Badge tone="warn">in doubt</Badge>} <span class="muted">in {duration(decision.classify_us)}</span>
      </p>
      <Probabilities categories={names} values={names.map((one) => decision.probabilities[one] ?? 0)} thresholds={thresholds} chosen={decision.category ?? ""} stage={decision.stage} />
      <section>
        <h3>Candidates</h3>
        <table>
          <caption class="hidden">Candidates</caption>
          <tbody>
            {decision.candidates.map((one) => (
              <tr key={one.model}><th scope="row">{one.model}</th><td class="muted">{one.provider}</td><td>{one.from}</td><td>{one.healthy ? <span class="muted">healthy</span> : <Badge tone="bad">not healthy</Badge>}</td><td class="num">{one.expected_cost_usd === null ? <span class="muted">unknown</span> : `≈ ${dollars(one.expected_cost_usd)}`}</td></tr>
            ))}
          </tbody>
        </table>
        {decision.excluded.length > 0 && <ul class="note plain">{decision.excluded.map((one) => <li key={one}>{visible(one)}</li>)}</ul>}
      </section>
      <NearestList items={answer.nearest} />
      <WordList items={answer.words} />
      {may(session, "admin") ? <Run text={text} /> : <p class="note">Running it needs the role admin.</p>}
    </Panel>
  );
}

function Run({ text }: { text: string }) {
  const task = useTask();
  const [answer, setAnswer] = useState<RunAnswer | null>(null);
  const run = (): Promise<boolean> => task.run(async () => setAnswer(await send<RunAnswer>("POST", "/run", { text, max_output_tokens: 500 })));
  return (
    <section>
      <h3>Run it</h3>
      <div class="actions"><button type="button" class="button" disabled={task.busy} onClick={() => void run()}>{task.busy ? "Asking…" : "Ask the model"}</button><span class="note">costs money; at most 500 tokens of answer</span></div>
      {task.error && <Failure error={task.error} />}
      {answer && <RunResult answer={answer} />}
    </section>
  );
}
