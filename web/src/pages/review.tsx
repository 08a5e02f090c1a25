// Labelling by keyboard: one decision at a time, leased to one person, each answer kept before the next one is shown.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { send, ApiError } from "../api/client";
import type { FeedbackReceipt, ReviewBatch, ReviewItem, ReviewState } from "../api/types";
import { count } from "../logic/format";
import { choicesOf, reviewAction } from "../logic/review_keys";
import { Empty, Failure, Loading, Panel } from "../ui/basic";
import { useApi } from "../ui/data";
import { update, useLocation } from "../ui/navigation";
import { Answer, PageHead } from "../ui/page";
import { ReviewCard } from "./review_card";
import { ReviewHelp, ReviewProgress } from "./review_parts";

const AHEAD = 3; // items that are leased at a time: the next one is there at once

interface Answered {
  item: ReviewItem;
  receipt: FeedbackReceipt | null; // null: skipped
}

export interface Desk {
  item: ReviewItem | null;
  busy: boolean;
  error: ApiError | null;
  done: Answered[];
  empty: boolean;
  note: string;
}

function useDesk(again: boolean) {
  const [queue, setQueue] = useState<ReviewItem[]>([]);
  const [done, setDone] = useState<Answered[]>([]);
  const [busy, setBusy] = useState(true);
  const [error, setError] = useState<ApiError | null>(null);
  const [empty, setEmpty] = useState(false);
  const [note, setNote] = useState("");
  const running = useRef(false);
  const work = useCallback(async (what: () => Promise<void>) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    try {
      await what();
    } catch (failed) {
      setError(failed instanceof ApiError ? failed : new ApiError(0, String(failed), null, null));
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);
  const take = useCallback(async (have: ReviewItem[]) => {
    if (have.length > 1) return;
    const batch = await send<ReviewBatch>("POST", "/review/take", { count: AHEAD, again });
    const known = new Set(have.map((one) => one.id));
    const next = [...have, ...batch.items.filter((one) => !known.has(one.id))];
    setQueue(next);
    setEmpty(next.length === 0);
  }, [again]);
  useEffect(() => {
    setQueue([]);
    void work(() => take([]));
  }, [take]);
  const next = async (answered: Answered): Promise<void> => {
    const rest = queue.slice(1);
    setDone((old) => [...old, answered]);
    setQueue(rest);
    await take(rest);
  };
  const answer = (category: string | null): void => {
    const item = queue[0];
    if (!item) return;
    void work(async () => {
      try {
        const receipt = await send<FeedbackReceipt>("POST", `/review/${item.id}/answer`, { category }, `review-${item.id}-${done.length}`);
        setNote(`${category ?? "none of them"} saved; u takes it back`);
        await next({ item, receipt });
      } catch (failed) {
        if (!(failed instanceof ApiError) || failed.status !== 409) throw failed;
        setNote("Somebody else has that one now; here is the next.");
        setQueue(queue.slice(1));
        await take(queue.slice(1));
      }
    });
  };
  const skip = (): void => {
    const item = queue[0];
    if (!item) return;
    void work(async () => {
      await send("POST", `/review/${item.id}/skip`);
      setNote("skipped");
      await next({ item, receipt: null });
    });
  };
  const undo = (): void => {
    const last = done[done.length - 1];
    if (!last) return;
    void work(async () => {
      if (last.receipt) await send("DELETE", `/feedback/${last.receipt.id}`);
      setDone(done.slice(0, -1));
      setQueue([last.item, ...queue]);
      setEmpty(false);
      setNote("taken back");
    });
  };
  return { item: queue[0] ?? null, done, busy, error, empty, note, answer, skip, undo, retry: () => void work(() => take(queue)) };
}

function likelihoods(item: ReviewItem): number[] {
  return item.opinions.find((one) => one.probabilities.length > 0)?.probabilities ?? [];
}

export function Review() {
  const { query } = useLocation();
  const again = query.again === "1";
  const state = useApi<ReviewState>("/review");
  return (
    <>
      <PageHead title="Review queue">
        <button type="button" class="button" aria-pressed={again} onClick={() => update({ again: again ? null : "1" })} title="Decisions that others have labelled and you have not; their answers stay hidden">
          Second opinions
        </button>
      </PageHead>
      <Answer of={state}>{(data) => <Desktop key={String(again)} state={data} again={again} onAnswer={state.reload} />}</Answer>
    </>
  );
}

function Desktop({ state, again, onAnswer }: { state: ReviewState; again: boolean; onAnswer: () => void }) {
  const desk = useDesk(again);
  const [help, setHelp] = useState(false);
  const [search, setSearch] = useState<string | null>(null);
  const labelled = desk.done.filter((one) => one.receipt).length;
  const choices = desk.item ? choicesOf(state.categories, likelihoods(desk.item), search ?? "") : [];
  const act = (key: string): boolean => {
    const action = reviewAction(key, choices);
    switch (action.kind) {
      case "answer":
        desk.answer(action.category);
        setSearch(null);
        return true;
      case "skip":
        desk.skip();
        return true;
      case "undo":
        desk.undo();
        return true;
      case "help":
        setHelp(!help);
        return true;
      case "search":
        if (state.categories.length <= 9) return false;
        setSearch("");
        return true;
      case "close":
        setHelp(false);
        setSearch(null);
        return true;
      case "nothing":
        return false;
    }
  };
  const press = useRef(act);
  press.current = act;
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target;
      if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement || document.querySelector("dialog[open]")) return;
      if (press.current(event.key)) event.preventDefault();
    };
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
  useEffect(() => {
    if (desk.done.length > 0 && desk.done.length % 5 === 0) onAnswer();
  }, [desk.done.length]);
  return (
    <div class="review">
      <div>
        {desk.error && <Failure error={desk.error} retry={desk.retry} />}
        {desk.item ? (
          <ReviewCard item={desk.item} choices={choices} all={state.categories} busy={desk.busy} search={search} onSearch={setSearch} onKey={act} />
        ) : desk.busy ? (
          <Panel><Loading lines={8} /></Panel>
        ) : (
          desk.empty && <Nothing state={state} again={again} />
        )}
        <p class="note review-note" role="status" aria-live="polite">{desk.note}</p>
      </div>
      <ReviewProgress state={state} mine={labelled} skipped={desk.done.length - labelled} onHelp={() => setHelp(true)} />
      {help && <ReviewHelp onClose={() => setHelp(false)} />}
    </div>
  );
}

function Nothing({ state, again }: { state: ReviewState; again: boolean }) {
  if (state.without_text > 0 && state.waiting === 0) {
    return (
      <Panel>
        <Empty title="There is nothing to read" command={"# in pointsman.yaml\nledger: {store_prompts: full}"}>
          {count(state.without_text)} decisions wait, but their texts were not kept. From now on they are with:
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel>
      <Empty title={again ? "Nobody else has labelled anything that you have not" : "All is labelled"} command="pointsman train --from-ledger">
        What was said can teach a new classifier:
      </Empty>
    </Panel>
  );
}
