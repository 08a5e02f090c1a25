// Light, dark, or as the system has it.

import { useState } from "preact/hooks";
import { Icon, type IconName } from "./icons";

type Theme = "auto" | "light" | "dark";

const STORED = "pointsman-theme";
const ORDER: readonly Theme[] = ["auto", "light", "dark"];
const ICONS: Record<Theme, IconName> = { auto: "auto", light: "sun", dark: "moon" };

export function storedTheme(): Theme {
  const text = localStorage.getItem(STORED);
  return text === "light" || text === "dark" ? text : "auto";
}

const system = matchMedia("(prefers-color-scheme: dark)");

// The style sheet knows light and dark only.
export function applyTheme(theme: Theme): void {
  const dark = theme === "dark" || (theme === "auto" && system.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

system.addEventListener("change", () => applyTheme(storedTheme()));

export function ThemeButton() {
  const [theme, set] = useState(storedTheme);
  const next = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? "auto";
  const change = (): void => {
    localStorage.setItem(STORED, next);
    applyTheme(next);
    set(next);
  };
  return (
    <button type="button" class="button icon-only" aria-label={`Colours: ${theme}; change to ${next}`} title={`Colours: ${theme}`} onClick={change}>
      <Icon name={ICONS[theme]} />
    </button>
  );
}
