// JSON that grows: applies the patch events of a Pointsman gateway (header x-pointsman-partial: events) to a value that
// can be shown while it is still being written. The form of the events is described in the gateway's
// src/json/patch_stream.h.
//
// Applying an event costs as much as the event is long. A read of `value` copies only the containers that are still open
// and changed since the last read; all else keeps its identity, so that React and the like redraw what changed.

/** A tool call whose arguments are the value. */
export interface Tool {
  index: number;
  id: string;
  name: string;
}

export type Verdict = 'growing' | 'complete' | 'incomplete' | 'invalid';

type Container = unknown[] | Record<string, unknown>;
type Opening = {open: number; choice: number; tool?: Tool};
type End = {end: number; verdict: Verdict; offset?: number; what?: string; schema?: unknown};

/** One place of the path to where the value grows. */
interface Level {
  key: string | number; // in the container above
  node?: Container; // without one: a string, kept in the container above
  copy?: unknown; // what was last read here, if nothing changed since
}

const own = (to: Container, key: string | number, value: unknown): void => {
  Object.defineProperty(to, key, {value, writable: true, enumerable: true, configurable: true});
};

/** One value: the answer of a choice, or the arguments of a tool call. */
export class GrowingValue<T = unknown> {
  /** complete, incomplete (it broke off) or invalid (it stopped being JSON) once it is over. */
  verdict: Verdict = 'growing';
  /** Where an invalid one stopped being JSON, in bytes, and why. */
  offset?: number;
  what?: string;
  /** What the request's schema says of it, if there was one. */
  schema?: unknown;
  private path: Level[] = [{key: 0, node: []}];

  constructor(readonly id: number, readonly choice: number, readonly tool?: Tool) {}

  /**
   * The value so far; undefined while there is none. Never changes afterwards: what grows on is a copy, and what did
   * not change since the last read is the same object as then.
   */
  get value(): T | undefined {
    let below: Level | undefined;
    for (const level of [...this.path].reverse()) {
      const {node} = level;
      if (node && (level.copy === undefined || (below && (level.copy as any)[below.key] !== below.copy))) {
        level.copy = Array.isArray(node) ? node.slice() : {...node};
        if (below) own(level.copy as Container, below.key, below.copy);
      } else if (!node) {
        level.copy = this.text(level);
      }
      below = level;
    }
    return (below!.copy as T[])[0];
  }

  /** Applies the ops of one event, from the second element on. */
  apply(event: unknown[]): void {
    for (const op of event.slice(1)) {
      const tip = this.path.at(-1)!;
      if (typeof op === 'number') {
        for (let left = op; left > 0; --left) this.enter((this.path.at(-1)!.node as unknown[]).length - 1);
        if (op < 0) this.leave(-op);
      } else if (typeof op !== 'string') {
        this.change();
        if (Array.isArray(op)) for (const one of op) (tip.node as unknown[]).push(one);
        else for (const key of Object.keys(op as object)) own(tip.node!, key, (op as any)[key]);
      } else if (tip.node) {
        this.enter(op);
      } else {
        this.change();
        own(this.path.at(-2)!.node!, tip.key, this.text(tip) + op);
      }
    }
  }

  /** Takes the verdict. */
  end({verdict, offset, what, schema}: End): void {
    this.leave(this.path.length - 1);
    Object.assign(this, {verdict, offset, what, schema});
  }

  private text(level: Level): string {
    return (this.path.at(-2)!.node as any)[level.key];
  }

  private change(): void {
    for (const level of this.path) level.copy = undefined;
  }

  private enter(key: string | number): void {
    const child = (this.path.at(-1)!.node as any)[key];
    this.path.push({key, node: typeof child === 'string' ? undefined : child});
  }

  // What was read of a container that does not change any more stays what will be read of it.
  private leave(levels: number): void {
    for (; levels > 0; --levels) {
      const {key, node, copy} = this.path.pop()!;
      if (node && copy !== undefined) own(this.path.at(-1)!.node!, key, copy);
    }
  }
}

/** All the values of one answer. */
export class GrowingValues {
  private values = new Map<number, GrowingValue>();

  /**
   * Takes the data of one event, parsed: what stands in an event named pointsman.partial, or in the member
   * pointsman_partial of a chunk. Returns the value it was about.
   */
  push(data: unknown): GrowingValue {
    const about = data as Opening & End;
    const id = Array.isArray(data) ? (data[0] as number) : about.open ?? about.end;
    if (about.open !== undefined) this.values.set(id, new GrowingValue(id, about.choice, about.tool));
    const value = this.values.get(id);
    if (!value) throw new Error(`pointsman-partial: value ${id} was not opened`);
    if (Array.isArray(data)) value.apply(data);
    else if (about.end !== undefined) value.end(about);
    return value;
  }

  [Symbol.iterator](): Iterator<GrowingValue> {
    return this.values.values();
  }
}

/** A server-sent event. */
export interface ServerEvent {
  event: string;
  data: string;
}

type Source = Response | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

async function* chunks(source: Source): AsyncGenerator<Uint8Array> {
  const body = 'body' in source ? source.body : source;
  if (!body) return;
  if (Symbol.asyncIterator in body) return yield* body as AsyncIterable<Uint8Array>;
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel();
  }
}

/** The events of a stream (HTML standard, section 9.2.6), however it was cut. */
export async function* events(source: Source): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let line = '';
  let cr = false; // the last chunk ended with CR, and LF may follow
  let event = '';
  let data: string[] = [];
  for await (const bytes of chunks(source)) {
    let text = decoder.decode(bytes, {stream: true});
    if (!text) continue;
    if (cr && text[0] === '\n') text = text.slice(1);
    cr = text ? text.endsWith('\r') : false;
    const lines = text.split(/\r\n|\n|\r/);
    for (let i = 0; i < lines.length; ++i) {
      line += lines[i];
      if (i === lines.length - 1) break; // its end is not here yet
      const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
      if (name === 'event') event = value;
      else if (name === 'data') data.push(value);
      else if (!line) {
        if (data.length) yield {event, data: data.join('\n')};
        event = '';
        data = [];
      }
      line = '';
    }
  }
}

/**
 * The values of a streamed answer as they grow: one step for each event that changed one. All other events are passed
 * over; to have them as well, use events() and GrowingValues.
 */
export async function* growing<T = unknown>(source: Source): AsyncGenerator<GrowingValue<T>> {
  const values = new GrowingValues();
  for await (const {event, data} of events(source)) {
    if (event === 'pointsman.partial') yield values.push(JSON.parse(data)) as GrowingValue<T>;
    else if (data.includes('"pointsman_partial":')) {
      const partial = JSON.parse(data).pointsman_partial;
      if (partial) yield values.push(partial) as GrowingValue<T>;
    }
  }
}
