// Calls of the admin API. Answers are taken to be what types.ts says; the server's tests hold it to that.
//
// Every change carries the header that another site's page cannot send (docs/admin-api.md, "Cookie and CSRF"). A 401
// anywhere means that the session is over: `onSignedOut` is told.

import type { DecisionRow, ErrorBody, Lagged } from "./types";

export const PREFIX = "/admin/v1";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null,
    readonly body: unknown,
  ) {
    super(message);
  }
}

let signedOut: () => void = () => undefined;
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

export type Query = Readonly<Record<string, string>>;

export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams(query).toString();
  return PREFIX + path + (search === "" ? "" : `?${search}`);
}

async function failure(response: Response): Promise<ApiError> {
  let body: unknown = null;
  try {
    body = await response.json();
  } catch {
    // Something between us and the gateway answered, or nothing came.
  }
  const detail = (body as ErrorBody | null)?.error;
  const message = detail?.message ?? `the gateway answered ${response.status} without saying why`;
  return new ApiError(response.status, message, detail?.code ?? null, body);
}

async function call<T>(path: string, query: Query, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address(path, query), { ...init, credentials: "same-origin", cache: "no-store" });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, "the gateway cannot be reached", null, null);
  }
  if (response.status === 401 && path !== "/login") signedOut();
  if (!response.ok) throw await failure(response);
  return (await response.json()) as T;
}

export function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return call<T>(path, query, signal ? { signal } : {});
}

// `key`: the same key with the same content is kept once, so that trying again is safe.
export function send<T>(method: "POST" | "DELETE", path: string, body?: unknown, key?: string): Promise<T> {
  const headers: Record<string, string> = { "x-pointsman-csrf": "1", "content-type": "application/json" };
  if (key) headers["idempotency-key"] = key;
  return call<T>(path, {}, { method, headers, body: JSON.stringify(body ?? {}) });
}

export interface LiveHandlers {
  row(row: DecisionRow): void;
  lagged(missed: number): void;
  state(connected: boolean): void;
}

// Follows new decisions until the returned function is called. The browser connects again by itself and says which row
// it saw last.
export function follow(query: Query, handlers: LiveHandlers): () => void {
  const source = new EventSource(address("/decisions/live", query));
  source.addEventListener("open", () => handlers.state(true));
  source.addEventListener("error", () => handlers.state(false));
  source.addEventListener("decision", (event: MessageEvent<string>) => handlers.row(JSON.parse(event.data) as DecisionRow));
  source.addEventListener("lagged", (event: MessageEvent<string>) => handlers.lagged((JSON.parse(event.data) as Lagged).missed));
  return () => source.close();
}
