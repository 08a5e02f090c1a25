// Loading what a page shows, and doing what somebody asked for.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, get, type Query } from "../api/client";

export interface Loaded<T> {
  data: T | null;
  error: ApiError | null;
  loading: boolean;
  reload: () => void;
}

function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, String(error), null, null);
}

// What the server says to `path` with `query`; while it is asked again the old answer stays. An empty path asks nothing.
export function useApi<T>(path: string, query: Query = {}): Loaded<T> {
  const [state, set] = useState<{ data: T | null; error: ApiError | null; loading: boolean }>({
    data: null,
    error: null,
    loading: path !== "",
  });
  const [turn, setTurn] = useState(0);
  const key = path + JSON.stringify(query);
  useEffect(() => {
    if (path === "") return;
    const abort = new AbortController();
    set((old) => ({ ...old, loading: true }));
    get<T>(path, query, abort.signal).then(
      (data) => set({ data, error: null, loading: false }),
      (error: unknown) => {
        if (!abort.signal.aborted) set((old) => ({ data: old.data, error: asApiError(error), loading: false }));
      },
    );
    return () => abort.abort();
  }, [key, turn]);
  const reload = useCallback(() => setTurn((one) => one + 1), []);
  return { ...state, reload };
}

export interface Task {
  busy: boolean;
  error: ApiError | null;
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  clear: () => void;
}

// One thing at a time that somebody asked for: whether it is under way, and how it failed.
export function useTask(): Task {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const running = useRef(false);
  const run = useCallback(async (work: () => Promise<unknown>) => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setError(null);
    try {
      await work();
      return true;
    } catch (failed) {
      setError(asApiError(failed));
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);
  const clear = useCallback(() => setError(null), []);
  return { busy, error, run, clear };
}
