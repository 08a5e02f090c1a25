// Everything that is known of one decision, and what can be done about it.

import type { Attempt, DecisionDetail, Entry } from "../api/types";
import { Probabilities } from "./probabilities";
import { chatCommand } from "../logic/curl";
import { count, day, dollars, duration, percent, short, signedPercent, sumOf, visible } from "../logic/format";
import { Badge, Copy, type Tone } from "../ui/basic";
import { useApi } from "../ui/data";
import { Icon } from "../ui/icons";
import { formatLocation } from "../logic/url_state";
import { Link } from "../ui/navigation";
import { Answer } from "../ui/page";
import { may, useSurroundings } from "../ui/session";
import { Correct, ReplayElsewhere } from "./why_actions";
import { outcomeTone } from "./decision_table";
import { NearestList, WordList } from "./reasons";

export function Why({ id, onClose }: { id: string; onClose: () => void }) {
  const detail = useApi<DecisionDetail>(`/decisions/${encodeURIComponent(id)}`);
  const key = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !(event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement)) onClose();
  };
  return (
    <section class="panel why" aria-label="Why this decision" onKeyDown={key}>
      <header>
        <h2>Why</h2>
        <code class="note" title={id}>{id.slice(0, 18)}…</code>
        <div class="actions">
          <Copy text={window.location.origin + formatLocation({ page: "decisions", query: { id } })} label="Link" />
          <button type="button" class="button icon-only" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
      </header>
      <div class="body" tabIndex={0} role="region" aria-label="Details of the decision">
        <Answer of={detail} lines={12}>{(data) => <Detail data={data} reload={detail.reload} />}</Answer>
      </div>
    </section>
  );
}

function Detail({ data, reload }: { data: DecisionDetail; reload: () => void }) {
  const { session, status } = useSurroundings();
  const { entry } = data;
  return (
    <>
      <Summary entry={entry} />
      {entry.text !== undefined ? (
        <div class="prompt">
          {entry.context && <p class="context">{visible(entry.context)}</p>}
          <p>{visible(entry.text)}</p>
        </div>
      ) : (
        <p class="note">The text was not kept{entry.features ? `; ${count(entry.features)} hashed features were` : ""}. To keep texts: <code>ledger: {"{"}store_prompts: full{"}"}</code></p>
      )}
      <div class="actions">
        {may(session, "labeller") && <Correct data={data} onDone={reload} />}
        {may(session, "admin") && <ReplayElsewhere entry={entry} />}
        {entry.text !== undefined && <Copy label="cURL" text={chatCommand({ baseUrl: status.base_url, model: entry.requested_model || "auto", text: entry.text, route: entry.route_header })} />}
        {entry.text !== undefined && <Link class="button small" page="playground" query={{ decision: entry.id }}>Playground</Link>}
      </div>
      <Probabilities categories={data.categories} values={entry.probabilities} thresholds={data.thresholds} chosen={entry.category} stage={entry.stage} />
      <Opinions data={data} />
      <NearestList items={data.nearest} />
      <WordList items={data.words} />
      <Timeline entry={entry} />
      <Attempts entry={entry} excluded={data.replay.excluded} />
      <BillTable data={data} />
      <Facts data={data} />
      <Said data={data} />
    </>
  );
}

function Summary({ entry }: { entry: Entry }) {
  return (
    <p class="summary">
      <strong>{entry.category || "no category"}</strong>
      {entry.probability !== null && <> with {percent(entry.probability)} </>} decided by <strong>{entry.stage}</strong>
      {entry.reason && <> (<code>{entry.reason}</code>)</>}, answered by <strong>{entry.model || "nobody"}</strong>{" "}
      <Badge tone={outcomeTone(entry)}>{entry.status} {entry.outcome}</Badge>
      {entry.error && <span class="wrong"> {visible(entry.error)}</span>}
    </p>
  );
}

function Opinions({ data }: { data: DecisionDetail }) {
  const { entry, rule } = data;
  const asked = entry.llm && entry.llm.outcome !== "not_needed" ? entry.llm : null;
  if (!rule && !asked && !entry.corrected_before) return null;
  return (
    <section>
      <h3>Who else had a say</h3>
      <dl class="facts">
        {rule && (<><dt>rule</dt><dd>{rule.name} → {rule.category} <code>{visible(rule.matches)}</code></dd></>)}
        {entry.corrected_before && (
          <><dt>corrected before</dt><dd>like <Link page="decisions" query={{ id: entry.corrected_before.decision }}>{entry.corrected_before.decision.slice(0, 13)}…</Link>: {entry.corrected_before.category ?? "none of them"} (likeness {entry.corrected_before.likeness?.toFixed(2)})</dd></>
        )}
        {asked && (<><dt>small model</dt><dd>{asked.model}: {asked.outcome} in {duration(asked.us)}, {dollars(asked.cost_usd)}{asked.cached && ", remembered"}{asked.hedged && ", asked twice"}</dd></>)}
      </dl>
    </section>
  );
}

const PHASES: readonly { name: string; class: string; of: (e: Entry) => number }[] = [
  { name: "routing", class: "fill-series-3", of: (e) => e.overhead_us },
  { name: "to the first byte", class: "fill-series-1", of: (e) => Math.max(0, e.first_byte_us - e.overhead_us) },
  { name: "answering", class: "fill-quiet", of: (e) => Math.max(0, e.total_us - Math.max(e.first_byte_us, e.overhead_us)) },
];

function Timeline({ entry }: { entry: Entry }) {
  const all = Math.max(1, entry.total_us);
  let at = 0;
  return (
    <section>
      <h3>Timeline <span class="note">{duration(entry.total_us)} in all</span></h3>
      <svg class="timeline" viewBox="0 0 400 14" preserveAspectRatio="none" role="img" aria-label={PHASES.map((p) => `${p.name} ${duration(p.of(entry))}`).join(", ")}>
        {PHASES.map((phase) => {
          const width = Math.max(1.5, (phase.of(entry) / all) * 400);
          const x = at;
          at += width;
          return <rect key={phase.name} class={phase.class} x={x} width={width} height="14" />;
        })}
      </svg>
      <ul class="legend">
        {PHASES.map((phase) => (
          <li key={phase.name}><svg viewBox="0 0 10 10" aria-hidden="true"><rect class={phase.class} width="10" height="10" rx="2" /></svg>{phase.name} {duration(phase.of(entry))}</li>
        ))}
        <li>of routing, classifying {duration(entry.classify_us)}</li>
      </ul>
    </section>
  );
}

function attemptTone(attempt: Attempt): Tone {
  return attempt.error === "" && attempt.status >= 200 && attempt.status < 300 ? "good" : "bad";
}

function Attempts({ entry, excluded }: { entry: Entry; excluded: string[] }) {
  return (
    <section>
      <h3>Attempts</h3>
      <ol class="attempts">
        {entry.attempts.map((attempt, i) => (
          <li key={i}>
            <span class={`dot ${attemptTone(attempt)}`} /><strong>{attempt.model}</strong> <span class="muted">{attempt.provider}</span> {attempt.status || "no answer"} {attempt.error && <code>{attempt.error}</code>}
            {attempt.first_byte_us > 0 && <span class="muted"> first byte {duration(attempt.first_byte_us)}</span>}
            {attempt.judged && <Badge tone={attempt.judged.discarded ? "warn" : "plain"}>{attempt.judged.worth}{attempt.judged.discarded && ", not released"}</Badge>}
          </li>
        ))}
      </ol>
      <p class="note">Candidates, best first: {entry.candidates.join(", ") || "none"}</p>
      {excluded.length > 0 && <ul class="note plain">{excluded.map((one) => <li key={one}>{visible(one)}</li>)}</ul>}
    </section>
  );
}

function BillTable({ data }: { data: DecisionDetail }) {
  const { entry } = data;
  const total = sumOf(data.bill.map((line) => line.amount_usd));
  const saved = total !== null && entry.baseline_cost_usd ? 1 - total / entry.baseline_cost_usd : null;
  return (
    <section>
      <h3>Bill</h3>
      <table class="bill">
        <caption class="hidden">Bill</caption>
        <thead><tr><th scope="col">item</th><th scope="col" class="num">tokens</th><th scope="col" class="num">per 1M</th><th scope="col" class="num">amount</th></tr></thead>
        <tbody>
          {data.bill.map((line) => (
            <tr key={line.item}><td>{visible(line.item)}</td><td class="num">{line.tokens === null ? "" : count(line.tokens)}</td><td class="num">{line.per_million_usd === null ? "" : dollars(line.per_million_usd)}</td><td class="num">{dollars(line.amount_usd)}</td></tr>
          ))}
        </tbody>
        <tfoot>
          <tr><td>total</td><td /><td /><td class="num">{dollars(total)}</td></tr>
          <tr class="muted"><td>baseline{entry.bill?.baseline && ` with ${entry.bill.baseline}`}</td><td /><td class="num">{saved === null ? "" : `${signedPercent(saved)} saved`}</td><td class="num">{dollars(entry.baseline_cost_usd)}</td></tr>
        </tfoot>
      </table>
    </section>
  );
}

function Facts({ data: { entry, replay } }: { data: DecisionDetail }) {
  return (
    <section>
      <h3>Inputs and versions</h3>
      <dl class="facts">
        <dt>time</dt><dd>{day(entry.started)} {entry.started.slice(11, 23)} UTC</dd>
        <dt>asked for</dt><dd>{visible(entry.requested_model) || "–"}{entry.route_header && <> with route <code>{visible(entry.route_header)}</code></>}{entry.stream && ", streamed"}{entry.tool_result_turn && ", a tool's result"}</dd>
        <dt>needs</dt><dd>{entry.capabilities.join(", ") || "nothing special"}; about {count(entry.input_tokens_estimate)} tokens in, at most {count(entry.output_tokens_limit)} out</dd>
        <dt>key</dt><dd>{entry.key ?? "–"}{entry.bill?.owner && ` of ${entry.bill.owner}`}</dd>
        <dt>conversation</dt><dd><code>{entry.conversation}</code></dd>
        <dt>policy</dt><dd><code title={entry.policy_version}>{short(entry.policy_version)}</code></dd>
        <dt>classifier</dt><dd><Link page="models" query={{ version: entry.classifier_version }}><code>{short(entry.classifier_version)}</code></Link></dd>
        <dt>decided again</dt><dd>{replay.possible ? <Badge tone={replay.agrees ? "good" : "bad"}>{replay.agrees ? "the same" : "differs"}</Badge> : <Badge>not possible</Badge>} {visible(replay.says)}</dd>
      </dl>
    </section>
  );
}

function Said({ data }: { data: DecisionDetail }) {
  if (data.feedback.length === 0) return null;
  return (
    <section>
      <h3>What was said of it</h3>
      <ul class="said">
        {data.feedback.map((one) => (
          <li key={one.id}>
            <strong>{visible(one.who) || one.signal}</strong> {one.labels && <Badge tone={one.category === data.entry.category ? "good" : "bad"}>{one.category ?? "none of them"}</Badge>} {one.verdict && <Badge>{one.verdict}</Badge>} {one.rating !== null && `${one.rating} of 5`} <span class="muted">{day(one.at)}</span>
            {one.comment && <p>{visible(one.comment)}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
