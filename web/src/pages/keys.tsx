// Who may ask, what they have spent of what they may, and when that will be used up.

import { useState } from "preact/hooks";
import type { Budget, DaySpend, Key, Keys, Owner } from "../api/types";
import { burnDown, type BurnDown } from "../logic/burn_down";
import { compact, count, day, dollars, minute, visible } from "../logic/format";
import { Badge, Empty, Meter, Panel, type Tone } from "../ui/basic";
import { useApi } from "../ui/data";
import { update, useLocation } from "../ui/navigation";
import { Answer, PageHead } from "../ui/page";
import { may, useSurroundings } from "../ui/session";
import { CreateKey, KeyActions } from "./key_actions";

export function KeysPage() {
  const { session } = useSurroundings();
  const keys = useApi<Keys>("/keys");
  const admin = may(session, "admin");
  return (
    <>
      <PageHead title="Keys & budgets">{admin && <CreateKey onDone={keys.reload} />}</PageHead>
      <Answer of={keys} lines={8}>
        {(data) => (
          <>
            {data.owners.length > 0 && <Owners owners={data.owners} />}
            {data.keys.length === 0 ? (
              <Panel><Empty title="There are no keys" command="pointsman keys create --name search-ci --owner acme/search --budget month=50 --expires 90d">Whoever reaches the gateway may ask. As soon as there is a key, everybody needs one.</Empty></Panel>
            ) : (
              <KeyTable keys={data.keys} admin={admin} onDone={keys.reload} />
            )}
          </>
        )}
      </Answer>
    </>
  );
}

const LEVELS: Record<BurnDown["state"], Tone> = { fits: "accent", runs_out: "warn", spent: "bad", idle: "accent" };

function outlook(burn: BurnDown, period: string): string {
  if (burn.state === "spent") return "used up";
  if (burn.state === "idle") return "nothing is spent";
  if (burn.state === "fits") return `lasts the ${period}`;
  return burn.at ? `used up on ${day(burn.at)}` : "";
}

// Where a budget limits both, each has a bar.
function BudgetBars({ budget, days, now }: { budget: Budget; days: readonly DaySpend[]; now: Date }) {
  const ends = budget.ends === null ? null : new Date(budget.ends);
  const bars = [
    budget.dollars !== null && { what: "money", limit: budget.dollars, spent: budget.spent.dollars, days: days.map((d) => d.dollars), text: `${dollars(budget.spent.dollars)} of ${dollars(budget.dollars)}` },
    budget.tokens !== null && { what: "tokens", limit: budget.tokens, spent: budget.spent.tokens, days: days.map((d) => d.tokens), text: `${compact(budget.spent.tokens)} of ${compact(budget.tokens)} tokens` },
  ].filter((one) => one !== false);
  return (
    <div class="budget">
      {bars.map((bar) => {
        const burn = burnDown(bar.limit, bar.spent, bar.days, now, ends);
        return (
          <div key={bar.what}>
            <span class="period">{budget.period}</span>
            <Meter value={bar.limit > 0 ? bar.spent / bar.limit : 1} label={`${bar.what} a ${budget.period}`} tone={LEVELS[burn.state]} text={bar.text} />
            <span class={burn.state === "runs_out" || burn.state === "spent" ? "wrong" : "muted"}>{outlook(burn, budget.period)}</span>
          </div>
        );
      })}
      {budget.reserved_usd > 0 && <p class="note">{dollars(budget.reserved_usd)} set aside for requests under way</p>}
    </div>
  );
}

function Budgets({ budgets, days }: { budgets: readonly Budget[]; days: readonly DaySpend[] }) {
  const { status } = useSurroundings();
  const now = new Date(status.now);
  if (budgets.length === 0) return <span class="muted">no budget</span>;
  return <>{budgets.map((one) => <BudgetBars key={one.period} budget={one} days={days} now={now} />)}</>;
}

function Owners({ owners }: { owners: readonly Owner[] }) {
  return (
    <Panel title="Owners" note="from the configuration; a budget holds for all below it">
      <div class="scroller" tabIndex={0} role="region" aria-label="Owners">
        <table>
          <caption class="hidden">Owners</caption>
          <thead><tr><th scope="col">owner</th><th scope="col">budgets</th><th scope="col">days</th></tr></thead>
          <tbody>
            {owners.map((one) => (
              <tr key={one.name}><th scope="row">{visible(one.name)}</th><td class="wide"><Budgets budgets={one.budgets} days={one.days} /></td><td><Spark days={one.days} /></td></tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

// Spend by day, small enough for a table.
function Spark({ days }: { days: readonly DaySpend[] }) {
  const most = Math.max(1e-12, ...days.map((one) => one.dollars));
  const words = `Spent by day: ${days.map((one) => `${one.day} ${dollars(one.dollars)}`).join(", ")}`;
  return (
    <svg class="spark" viewBox={`0 0 ${Math.max(1, days.length) * 5} 22`} role="img" aria-label={words}>
      {days.map((one, at) => {
        const height = Math.max(1, (one.dollars / most) * 20);
        return <rect key={one.day} x={at * 5} y={22 - height} width="4" height={height}><title>{`${one.day}: ${dollars(one.dollars)}`}</title></rect>;
      })}
    </svg>
  );
}

function limits(key: Key): string {
  const all = [
    key.requests_per_minute !== null && `${count(key.requests_per_minute)} requests a minute`,
    key.tokens_per_minute !== null && `${count(key.tokens_per_minute)} tokens a minute`,
    key.concurrent !== null && `${count(key.concurrent)} at a time`,
    key.models.length > 0 && `models ${key.models.join(", ")}`,
    key.categories.length > 0 && `categories ${key.categories.join(", ")}`,
  ];
  return all.filter(Boolean).join("; ") || "no other limits";
}

const STATES: Record<Key["state"], Tone> = { live: "good", expired: "warn", revoked: "bad" };

function KeyTable({ keys, admin, onDone }: { keys: readonly Key[]; admin: boolean; onDone: () => void }) {
  const { query } = useLocation();
  const [revoked, setRevoked] = useState(false);
  const gone = keys.filter((one) => one.state === "revoked").length;
  return (
    <Panel title="Keys" actions={gone > 0 && <button type="button" class="button small" aria-pressed={revoked} onClick={() => setRevoked(!revoked)}>{gone} revoked</button>}>
      <div class="scroller" tabIndex={0} role="region" aria-label="Keys">
        <table>
          <caption class="hidden">Keys</caption>
          <thead><tr><th scope="col">name</th><th scope="col">owner</th><th scope="col">state</th><th scope="col">budgets</th><th scope="col" class="num">this month</th><th scope="col">days</th><th scope="col"><span class="hidden">actions</span></th></tr></thead>
          <tbody>
            {keys.filter((one) => revoked || one.state !== "revoked").map((one) => (
              <KeyRow key={one.id} of={one} open={query.open === one.id} admin={admin} onDone={onDone} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function KeyRow({ of, open, admin, onDone }: { of: Key; open: boolean; admin: boolean; onDone: () => void }) {
  return (
    <>
      <tr>
        <th scope="row"><button type="button" class="link" aria-expanded={open} onClick={() => update({ open: open ? null : of.id })}>{visible(of.name)}</button> <code class="muted">…{of.ends_with}</code></th>
        <td>{visible(of.owner) || "–"}</td>
        <td><Badge tone={STATES[of.state]}>{of.state}</Badge>{of.expires && of.state === "live" && <small class="muted nowrap"> to {day(of.expires)}</small>}</td>
        <td class="wide"><Budgets budgets={of.budgets} days={of.days} /></td>
        <td class="num">{dollars(of.spent_this_month.dollars)}{of.spent_this_month.of_unknown_cost > 0 && <small class="muted"> ({count(of.spent_this_month.of_unknown_cost)} of unknown cost)</small>}</td>
        <td><Spark days={of.days} /></td>
        <td>{admin && of.state !== "revoked" && <KeyActions name={of.name} onDone={onDone} />}</td>
      </tr>
      {open && (
        <tr class="detail">
          <td colSpan={7}>
            <p class="note">{limits(of)}</p>
            <ul class="plain">{of.events.map((event, at) => <li key={at}>{minute(event.at)} <strong>{event.kind}</strong> by {visible(event.who)} <span class="muted">{visible(event.detail)}</span></li>)}</ul>
          </td>
        </tr>
      )}
    </>
  );
}
