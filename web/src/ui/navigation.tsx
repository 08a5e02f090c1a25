// The address bar as the store of what is shown.
// Links are real ones: they can be copied, and opened beside.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { carriedOver, changed, formatLocation, parseLocation, type Location } from "../logic/url_state";

const listeners = new Set<() => void>();

export function here(): Location {
  return parseLocation(window.location.pathname, window.location.search);
}

function go(location: Location, replace: boolean): void {
  const address = formatLocation(location);
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  for (const listener of [...listeners]) listener();
}

window.addEventListener("popstate", () => {
  for (const listener of [...listeners]) listener();
});

// To another page; time and filters go along.
export function open(page: string, query: Record<string, string> = {}): void {
  go({ page, query: { ...carriedOver(here().query), ...query } }, false);
}

// On this page. `replace` where going back should not stop here: while something is dragged or typed.
export function update(change: Record<string, string | null>, replace = false): void {
  const now = here();
  go({ page: now.page, query: changed(now.query, change) }, replace);
}

export function useLocation(): Location {
  const [location, set] = useState(here);
  useEffect(() => {
    const listener = (): void => set(here());
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return location;
}

interface LinkProps {
  page: string;
  query?: Record<string, string>;
  class?: string;
  current?: boolean;
  label?: string;
  children: ComponentChildren;
}

export function Link({ page, query = {}, current, label, children, ...rest }: LinkProps) {
  const href = formatLocation({ page, query: { ...carriedOver(useLocation().query), ...query } });
  const click = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(page, query);
  };
  return (
    <a href={href} class={rest.class} aria-current={current ? "page" : undefined} aria-label={label} onClick={click}>
      {children}
    </a>
  );
}
