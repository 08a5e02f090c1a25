// Small parts that every page is made of.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ApiError } from "../api/client";
import { percent } from "../logic/format";
import { Icon } from "./icons";

export type Tone = "plain" | "good" | "warn" | "bad" | "accent";

export function Badge({ tone = "plain", children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Panel(props: { title?: string; note?: ComponentChildren; actions?: ComponentChildren; class?: string; children: ComponentChildren }) {
  return (
    <section class={`panel ${props.class ?? ""}`}>
      {(props.title ?? props.actions) && (
        <header>
          {props.title && <h2>{props.title}</h2>}
          {props.note && <span class="note">{props.note}</span>}
          {props.actions && <div class="actions">{props.actions}</div>}
        </header>
      )}
      {props.children}
    </section>
  );
}

export function Figure(props: { label: string; value: ComponentChildren; note?: ComponentChildren; tone?: Tone; hero?: boolean }) {
  return (
    <div class={`figure ${props.hero ? "hero" : ""}`}>
      <dt>{props.label}</dt>
      <dd class={props.tone ?? ""}>{props.value}</dd>
      {props.note && <dd class="note">{props.note}</dd>}
    </div>
  );
}

// A share as a bar with its number beside it.
export function Meter(props: { value: number; label: string; tone?: Tone; mark?: number; text?: string }) {
  const width = Math.min(100, Math.max(0, props.value * 100));
  return (
    <span class="meter">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={`${props.label}: ${percent(props.value)}`}>
        <rect class="rail" width="100" height="6" />
        <rect class={`fill ${props.tone ?? "accent"}`} width={width} height="6" />
        {props.mark !== undefined && <rect class="mark" x={Math.min(99, props.mark * 100)} width="1" height="6" />}
      </svg>
      {props.text !== undefined && <span class="num">{props.text}</span>}
    </span>
  );
}

export function Copy({ text, label }: { text: string; label: string }) {
  const [done, set] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      set(true);
      setTimeout(() => set(false), 1500);
    } catch {
      set(false);
    }
  };
  return (
    <button type="button" class="button small" onClick={() => void copy()}>
      <Icon name={done ? "check" : "copy"} />
      {done ? "Copied" : label}
    </button>
  );
}

export function Command({ children }: { children: string }) {
  return (
    <div class="command">
      <pre tabIndex={0} aria-label="Command">{children}</pre>
      <Copy text={children} label="Copy" />
    </div>
  );
}

// Nothing to show, and the command that makes something.
export function Empty(props: { title: string; children?: ComponentChildren; command?: string }) {
  return (
    <div class="empty">
      <p class="title">{props.title}</p>
      {props.children && <p>{props.children}</p>}
      {props.command && <Command>{props.command}</Command>}
    </div>
  );
}

function adviceFor(error: ApiError): string {
  if (error.status === 0) return "Is it running? `pointsman serve` starts it; then try again.";
  if (error.status === 403) return "Your role does not allow this. An admin can change it in the configuration (admin.users).";
  if (error.status === 404) return "It may have been forgotten, or removed by retention.";
  if (error.status === 409) return "Somebody was faster. Load the page again to see how it stands now.";
  if (error.status === 429 || error.status === 503) return "Too much is being asked at once. Wait a moment, then try again.";
  if (error.status >= 500) return "The gateway's log says more.";
  return "";
}

export function Failure({ error, retry }: { error: ApiError; retry?: () => void }) {
  const advice = adviceFor(error);
  return (
    <div class="failure" role="alert">
      <Icon name="alert" />
      <p>
        <strong>{error.message}</strong> {advice}
      </p>
      {retry && (
        <button type="button" class="button small" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

// What stands where the answer is awaited; nothing moves where people asked for that.
export function Loading({ lines = 4 }: { lines?: number }) {
  return (
    <div class="loading" role="status">
      <span class="hidden">Loading</span>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} class="bone" />
      ))}
    </div>
  );
}

export function Confidence({ value, threshold }: { value: number | null; threshold: number }) {
  if (value === null) return <span class="muted">–</span>;
  const known = threshold <= 1;
  return <Meter value={value} label="Confidence" tone={known && value < threshold ? "warn" : "accent"} {...(known ? { mark: threshold } : {})} text={value.toFixed(2)} />;
}
