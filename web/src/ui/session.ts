// Who is signed in and what the gateway is, for every page.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Role, Session, Status } from "../api/types";

export interface Surroundings {
  session: Session;
  status: Status;
}

export const SurroundingsContext = createContext<Surroundings | null>(null);

export function useSurroundings(): Surroundings {
  const value = useContext(SurroundingsContext);
  if (!value) throw new Error("outside of a session");
  return value;
}

const RANK: Record<Role, number> = { viewer: 0, labeller: 1, admin: 2 };

export function may(session: Session, role: Role): boolean {
  return RANK[session.role] >= RANK[role];
}
