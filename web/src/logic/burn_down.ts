// When a budget will be used up, if spending goes on as it did.
// Pure.

export interface BurnDown {
  // "fits": it lasts to the end of its period; "runs_out": not; "spent": nothing is left; "idle": nothing is spent.
  state: "fits" | "runs_out" | "spent" | "idle";
  at: Date | null;
  perDay: number;
}

const DAY = 86_400_000;

// `days` are the amounts of the latest whole days, oldest first; at most the last seven are looked at.
export function burnDown(limit: number, spent: number, days: readonly number[], now: Date, ends: Date | null): BurnDown {
  const recent = days.slice(-7);
  const perDay = recent.length > 0 ? recent.reduce((sum, one) => sum + one, 0) / recent.length : 0;
  if (spent >= limit) return { state: "spent", at: now, perDay };
  if (perDay <= 0) return { state: "idle", at: null, perDay };
  const at = new Date(now.getTime() + ((limit - spent) / perDay) * DAY);
  return { state: ends && at >= ends ? "fits" : "runs_out", at, perDay };
}
