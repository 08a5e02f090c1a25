// One decision as somebody sees it who is to say what it is.

import { useEffect, useRef } from "preact/hooks";
import type { ReviewItem } from "../api/types";
import { dollars, minute, percent, visible } from "../logic/format";
import { Badge, Meter } from "../ui/basic";

interface Props {
  item: ReviewItem;
  choices: readonly string[];
  all: readonly string[];
  busy: boolean;
  search: string | null;
  onSearch: (text: string | null) => void;
  onKey: (key: string) => boolean;
}

export function ReviewCard({ item, choices, all, busy, search, onSearch, onKey }: Props) {
  return (
    <article class="panel card" aria-label="Decision to label" aria-busy={busy}>
      <header>
        <Badge tone="accent">{item.reason}</Badge> <span class="note">{visible(item.why)}</span>
        <span class="note right">{minute(item.started)} UTC · {item.model || "nobody"} · {dollars(item.cost_usd)}</span>
      </header>
      <div class="prompt" data-item={item.id}>
        {item.context && <p class="context">{visible(item.context)}</p>}
        <p>{visible(item.text)}</p>
      </div>
      {!item.blind && <Opinions item={item} all={all} />}
      {item.blind && <p class="note">A second opinion: what others and the classifier said is hidden until you have answered.</p>}
      {search !== null && <Search text={search} onSearch={onSearch} onEnter={() => choices[0] !== undefined && onKey("1")} />}
      <div class="choices" role="group" aria-label="Categories">
        {choices.map((name, at) => (
          <button key={name} type="button" disabled={busy} onClick={() => onKey(String(at + 1))}>
            <kbd>{at + 1}</kbd> <span>{name}</span>
          </button>
        ))}
        <button type="button" disabled={busy} onClick={() => onKey("0")}><kbd>0</kbd> <span>none of them</span></button>
      </div>
      <footer class="actions">
        <button type="button" class="button small" disabled={busy} onClick={() => onKey("s")}><kbd>s</kbd> Skip</button>
        <button type="button" class="button small" disabled={busy} onClick={() => onKey("u")}><kbd>u</kbd> Undo</button>
        {all.length > 9 && <button type="button" class="button small" onClick={() => onKey("/")}><kbd>/</kbd> Search</button>}
        <button type="button" class="button small" onClick={() => onKey("?")}><kbd>?</kbd> Keys</button>
      </footer>
    </article>
  );
}

function Search({ text, onSearch, onEnter }: { text: string; onSearch: (text: string | null) => void; onEnter: () => void }) {
  const ref = useRef<HTMLInputElement>(null);
  useEffect(() => ref.current?.focus(), []);
  const key = (event: KeyboardEvent): void => {
    if (event.key === "Escape") onSearch(null);
    else if (event.key === "Enter") onEnter();
  };
  return (
    <label class="search">
      Category <input ref={ref} value={text} onInput={(event) => onSearch(event.currentTarget.value)} onKeyDown={key} />
    </label>
  );
}

function Opinions({ item, all }: { item: ReviewItem; all: readonly string[] }) {
  return (
    <table class="bars opinions">
      <caption class="hidden">What each stage thought</caption>
      <tbody>
        {item.opinions.map((one) => {
          const top = one.probabilities.map((p, at) => ({ name: all[at] ?? "?", p })).sort((a, b) => b.p - a.p).slice(0, 3);
          return (
            <tr key={one.stage}>
              <th scope="row">{one.stage}</th>
              <td class="wide">
                {top.length === 0 ? <span class="muted">{visible(one.remark)}</span> : top.map((line) => <Meter key={line.name} value={line.p} label={line.name} text={`${line.name} ${percent(line.p, 0)}`} />)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
