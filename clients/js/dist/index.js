// JSON that grows: applies the patch events of a Pointsman gateway (header x-pointsman-partial: events) to a value that
// can be shown while it is still being written. The form of the events is described in the gateway's
// src/json/patch_stream.h.
//
// Applying an event costs as much as the event is long. A read of `value` copies only the containers that are still open
// and changed since the last read; all else keeps its identity, so that React and the like redraw what changed.
const own = (to, key, value) => {
    Object.defineProperty(to, key, { value, writable: true, enumerable: true, configurable: true });
};
/** One value: the answer of a choice, or the arguments of a tool call. */
export class GrowingValue {
    id;
    choice;
    tool;
    /** complete, incomplete (it broke off) or invalid (it stopped being JSON) once it is over. */
    verdict = 'growing';
    /** Where an invalid one stopped being JSON, in bytes, and why. */
    offset;
    what;
    /** What the request's schema says of it, if there was one. */
    schema;
    path = [{ key: 0, node: [] }];
    constructor(id, choice, tool) {
        this.id = id;
        this.choice = choice;
        this.tool = tool;
    }
    /**
     * The value so far; undefined while there is none. Never changes afterwards: what grows on is a copy, and what did
     * not change since the last read is the same object as then.
     */
    get value() {
        let below;
        for (const level of [...this.path].reverse()) {
            const { node } = level;
            if (node && (level.copy === undefined || (below && level.copy[below.key] !== below.copy))) {
                level.copy = Array.isArray(node) ? node.slice() : { ...node };
                if (below)
                    own(level.copy, below.key, below.copy);
            }
            else if (!node) {
                level.copy = this.text(level);
            }
            below = level;
        }
        return below.copy[0];
    }
    /** Applies the ops of one event, from the second element on. */
    apply(event) {
        for (const op of event.slice(1)) {
            const tip = this.path.at(-1);
            if (typeof op === 'number') {
                for (let left = op; left > 0; --left)
                    this.enter(this.path.at(-1).node.length - 1);
                if (op < 0)
                    this.leave(-op);
            }
            else if (typeof op !== 'string') {
                this.change();
                if (Array.isArray(op))
                    for (const one of op)
                        tip.node.push(one);
                else
                    for (const key of Object.keys(op))
                        own(tip.node, key, op[key]);
            }
            else if (tip.node) {
                this.enter(op);
            }
            else {
                this.change();
                own(this.path.at(-2).node, tip.key, this.text(tip) + op);
            }
        }
    }
    /** Takes the verdict. */
    end({ verdict, offset, what, schema }) {
        this.leave(this.path.length - 1);
        Object.assign(this, { verdict, offset, what, schema });
    }
    text(level) {
        return this.path.at(-2).node[level.key];
    }
    change() {
        for (const level of this.path)
            level.copy = undefined;
    }
    enter(key) {
        const child = this.path.at(-1).node[key];
        this.path.push({ key, node: typeof child === 'string' ? undefined : child });
    }
    // What was read of a container that does not change any more stays what will be read of it.
    leave(levels) {
        for (; levels > 0; --levels) {
            const { key, node, copy } = this.path.pop();
            if (node && copy !== undefined)
                own(this.path.at(-1).node, key, copy);
        }
    }
}
/** All the values of one answer. */
export class GrowingValues {
    values = new Map();
    /**
     * Takes the data of one event, parsed: what stands in an event named pointsman.partial, or in the member
     * pointsman_partial of a chunk. Returns the value it was about.
     */
    push(data) {
        const about = data;
        const id = Array.isArray(data) ? data[0] : about.open ?? about.end;
        if (about.open !== undefined)
            this.values.set(id, new GrowingValue(id, about.choice, about.tool));
        const value = this.values.get(id);
        if (!value)
            throw new Error(`pointsman-partial: value ${id} was not opened`);
        if (Array.isArray(data))
            value.apply(data);
        else if (about.end !== undefined)
            value.end(about);
        return value;
    }
    [Symbol.iterator]() {
        return this.values.values();
    }
}
async function* chunks(source) {
    const body = 'body' in source ? source.body : source;
    if (!body)
        return;
    if (Symbol.asyncIterator in body)
        return yield* body;
    const reader = body.getReader();
    try {
        for (let read = await reader.read(); !read.done; read = await reader.read())
            yield read.value;
    }
    finally {
        await reader.cancel();
    }
}
/** The events of a stream (HTML standard, section 9.2.6), however it was cut. */
export async function* events(source) {
    const decoder = new TextDecoder();
    let line = '';
    let cr = false; // the last chunk ended with CR, and LF may follow
    let event = '';
    let data = [];
    for await (const bytes of chunks(source)) {
        let text = decoder.decode(bytes, { stream: true });
        if (!text)
            continue;
        if (cr && text[0] === '\n')
            text = text.slice(1);
        cr = text ? text.endsWith('\r') : false;
        const lines = text.split(/\r\n|\n|\r/);
        for (let i = 0; i < lines.length; ++i) {
            line += lines[i];
            if (i === lines.length - 1)
                break; // its end is not here yet
            const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
            if (name === 'event')
                event = value;
            else if (name === 'data')
                data.push(value);
            else if (!line) {
                if (data.length)
                    yield { event, data: data.join('\n') };
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
export async function* growing(source) {
    const values = new GrowingValues();
    for await (const { event, data } of events(source)) {
        if (event === 'pointsman.partial')
            yield values.push(JSON.parse(data));
        else if (data.includes('"pointsman_partial":')) {
            const partial = JSON.parse(data).pointsman_partial;
            if (partial)
                yield values.push(partial);
        }
    }
}
