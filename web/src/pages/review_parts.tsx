// How far labelling has come, who helps, how far people agree; and what the keys mean.

import type { ReviewState } from "../api/types";
import { count, minute, percent, visible } from "../logic/format";
import { kappaWord, LOW_SAMPLE } from "../logic/stats";
import { Badge, Meter, Panel } from "../ui/basic";
import { Dialog } from "../ui/dialog";

interface Props {
  state: ReviewState;
  mine: number;
  skipped: number;
  onHelp: () => void;
}

export function ReviewProgress({ state, mine, skipped, onHelp }: Props) {
  const { agreement } = state;
  return (
    <aside class="stack" aria-label="Progress">
      <Panel title="Progress" actions={<button type="button" class="button small" onClick={onHelp}><kbd>?</kbd> Keys</button>}>
        <dl class="facts wide">
          <dt>this sitting</dt><dd><strong id="labelled">{mine}</strong> labelled, {skipped} skipped</dd>
          <dt>by you in all</dt><dd>{count(state.labelled_by_me)}</dd>
          <dt>waiting</dt><dd>{count(state.waiting)}{state.without_text > 0 && <span class="muted"> and {count(state.without_text)} without a text</span>}</dd>
          <dt>until training</dt><dd><Meter value={state.goal > 0 ? state.labelled / state.goal : 0} label="Labels since the last classifier" text={`${count(state.labelled)} of ${count(state.goal)}`} /></dd>
        </dl>
      </Panel>
      <Panel title="Agreement">
        {agreement.kappa === null ? (
          <p class="note">Nobody has labelled the same decision twice. “Second opinions” above shows what others have labelled, without their answers.</p>
        ) : (
          <dl class="facts wide">
            <dt>Cohen’s κ</dt><dd><strong>{agreement.kappa.toFixed(2)}</strong> <span class="muted">[{agreement.low?.toFixed(2)}, {agreement.high?.toFixed(2)}]</span> {kappaWord(agreement.kappa)}{agreement.items < LOW_SAMPLE && <> <Badge tone="warn">low sample</Badge></>}</dd>
            <dt>the same</dt><dd>{percent(agreement.items > 0 ? agreement.same / agreement.items : null)} of {count(agreement.items)}</dd>
          </dl>
        )}
      </Panel>
      <Panel title="Annotators">
        <table>
          <caption class="hidden">Annotators</caption>
          <tbody>
            {state.annotators.map((one) => (
              <tr key={one.who}><th scope="row">{visible(one.who)} {one.working && <span class="dot good" title="has decisions open" />}</th><td class="num">{count(one.labels)}</td><td class="muted">{minute(one.last)}</td></tr>
            ))}
          </tbody>
        </table>
        {state.annotators.length === 0 && <p class="note">Nobody has labelled yet. You are the first.</p>}
      </Panel>
    </aside>
  );
}

const KEYS = [
  ["1 to 9", "the category beside that number"],
  ["0 or n", "none of the categories"],
  ["s", "skip: you cannot say; another person may be asked"],
  ["u", "take the last answer back"],
  ["/", "search, where there are more than nine categories"],
  ["?", "this list"],
  ["Escape", "closes it"],
] as const;

export function ReviewHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <table class="keys">
        <caption class="hidden">Keys</caption>
        <tbody>{KEYS.map(([key, what]) => <tr key={key}><th scope="row"><kbd>{key}</kbd></th><td>{what}</td></tr>)}</tbody>
      </table>
      <p class="note">Each answer is on the disk before the next decision is shown. A decision is yours for ten minutes; nobody else gets it meanwhile.</p>
    </Dialog>
  );
}
