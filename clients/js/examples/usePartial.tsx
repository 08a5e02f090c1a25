// A React hook that shows a structured answer while a model writes it, and a component that uses it.
//
// Changes are shown once for each frame, however many events come: reading `value` is what costs, applying an event is
// not. Parts that did not change keep their identity, so that memo() skips them.
import {memo, useEffect, useState} from 'react';
import {growing, type GrowingValue, type Verdict} from 'pointsman-partial';

export interface Shown<T> {
  value?: T;
  verdict: Verdict | 'failed';
  error?: unknown;
}

/** Posts `body` to `url` and returns the first choice's answer as it grows. A new `body` object begins anew. */
export function usePartial<T>(url: string, body: object): Shown<T> {
  const [shown, setShown] = useState<Shown<T>>({verdict: 'growing'});
  useEffect(() => {
    const abort = new AbortController();
    let frame = 0;
    const show = ({value, verdict}: GrowingValue<T>) => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => setShown({value, verdict}));
    };
    const run = async () => {
      const headers = {'content-type': 'application/json', 'x-pointsman-partial': 'events'};
      const response = await fetch(url, {method: 'POST', headers, body: JSON.stringify(body), signal: abort.signal});
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      for await (const answer of growing<T>(response)) if (answer.choice === 0 && !answer.tool) show(answer);
    };
    setShown({verdict: 'growing'});
    run().catch((error) => abort.signal.aborted || setShown({verdict: 'failed', error}));
    return () => {
      abort.abort();
      cancelAnimationFrame(frame);
    };
  }, [url, body]);
  return shown;
}

interface Recipe {
  title?: string;
  steps?: {text?: string; minutes?: number}[];
}

const Step = memo(({step}: {step: {text?: string; minutes?: number}}) => (
  <li>
    {step.text} {step.minutes !== undefined && <em>{step.minutes} min</em>}
  </li>
));

export function RecipeView({request}: {request: object}) {
  const {value, verdict} = usePartial<Recipe>('/v1/chat/completions', request);
  return (
    <article aria-busy={verdict === 'growing'}>
      <h2>{value?.title ?? '…'}</h2>
      <ol>{value?.steps?.map((step, i) => <Step key={i} step={step} />)}</ol>
      {verdict !== 'growing' && verdict !== 'complete' && <p>The answer is {verdict}.</p>}
    </article>
  );
}
