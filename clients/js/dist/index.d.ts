/** A tool call whose arguments are the value. */
export interface Tool {
    index: number;
    id: string;
    name: string;
}
export type Verdict = 'growing' | 'complete' | 'incomplete' | 'invalid';
type End = {
    end: number;
    verdict: Verdict;
    offset?: number;
    what?: string;
    schema?: unknown;
};
/** One value: the answer of a choice, or the arguments of a tool call. */
export declare class GrowingValue<T = unknown> {
    readonly id: number;
    readonly choice: number;
    readonly tool?: Tool | undefined;
    /** complete, incomplete (it broke off) or invalid (it stopped being JSON) once it is over. */
    verdict: Verdict;
    /** Where an invalid one stopped being JSON, in bytes, and why. */
    offset?: number;
    what?: string;
    /** What the request's schema says of it, if there was one. */
    schema?: unknown;
    private path;
    constructor(id: number, choice: number, tool?: Tool | undefined);
    /**
     * The value so far; undefined while there is none. Never changes afterwards: what grows on is a copy, and what did
     * not change since the last read is the same object as then.
     */
    get value(): T | undefined;
    /** Applies the ops of one event, from the second element on. */
    apply(event: unknown[]): void;
    /** Takes the verdict. */
    end({ verdict, offset, what, schema }: End): void;
    private text;
    private change;
    private enter;
    private leave;
}
/** All the values of one answer. */
export declare class GrowingValues {
    private values;
    /**
     * Takes the data of one event, parsed: what stands in an event named pointsman.partial, or in the member
     * pointsman_partial of a chunk. Returns the value it was about.
     */
    push(data: unknown): GrowingValue;
    [Symbol.iterator](): Iterator<GrowingValue>;
}
/** A server-sent event. */
export interface ServerEvent {
    event: string;
    data: string;
}
type Source = Response | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
/** The events of a stream (HTML standard, section 9.2.6), however it was cut. */
export declare function events(source: Source): AsyncGenerator<ServerEvent>;
/**
 * The values of a streamed answer as they grow: one step for each event that changed one. All other events are passed
 * over; to have them as well, use events() and GrowingValues.
 */
export declare function growing<T = unknown>(source: Source): AsyncGenerator<GrowingValue<T>>;
export {};
