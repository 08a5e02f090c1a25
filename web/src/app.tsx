// The frame around every page: who is signed in, where one can go, what the address says.

import { useEffect, useState } from "preact/hooks";
import { get, onSignedOut, send, ApiError } from "./api/client";
import type { Session, Status } from "./api/types";
import { Audit } from "./pages/audit";
import { Config } from "./pages/config";
import { Decisions } from "./pages/decisions";
import { FrontierPage } from "./pages/frontier";
import { KeysPage } from "./pages/keys";
import { Login } from "./pages/login";
import { Models } from "./pages/models";
import { OverviewPage } from "./pages/overview";
import { Playground } from "./pages/playground";
import { ProvidersPage } from "./pages/providers";
import { QualityPage } from "./pages/quality";
import { Review } from "./pages/review";
import { Badge, Failure, Loading } from "./ui/basic";
import { Icon, type IconName } from "./ui/icons";
import { Link, useLocation } from "./ui/navigation";
import { may, SurroundingsContext, type Surroundings } from "./ui/session";
import { ThemeButton } from "./ui/theme";

interface Page {
  name: string;
  title: string;
  icon: IconName;
  role: "viewer" | "labeller" | "admin";
  group: string;
  show: () => preact.JSX.Element;
}

const PAGES: readonly Page[] = [
  { name: "overview", title: "Overview", icon: "overview", role: "viewer", group: "Traffic", show: OverviewPage },
  { name: "decisions", title: "Decisions", icon: "decisions", role: "viewer", group: "Traffic", show: Decisions },
  { name: "review", title: "Review queue", icon: "review", role: "labeller", group: "Quality", show: Review },
  { name: "quality", title: "Quality", icon: "quality", role: "viewer", group: "Quality", show: QualityPage },
  { name: "frontier", title: "Frontier", icon: "frontier", role: "viewer", group: "Quality", show: FrontierPage },
  { name: "models", title: "Models & training", icon: "models", role: "viewer", group: "Quality", show: Models },
  { name: "keys", title: "Keys & budgets", icon: "keys", role: "viewer", group: "Operations", show: KeysPage },
  { name: "providers", title: "Providers", icon: "providers", role: "viewer", group: "Operations", show: ProvidersPage },
  { name: "config", title: "Config", icon: "config", role: "admin", group: "Operations", show: Config },
  { name: "audit", title: "Audit", icon: "audit", role: "admin", group: "Operations", show: Audit },
  { name: "playground", title: "Playground", icon: "playground", role: "viewer", group: "Tools", show: Playground },
];
const GROUPS = [...new Set(PAGES.map((page) => page.group))];

type State = "asking" | "out" | Surroundings | ApiError;

async function enter(): Promise<State> {
  try {
    const session = await get<Session>("/session");
    return { session, status: await get<Status>("/status") };
  } catch (error) {
    if (error instanceof ApiError) return error.status === 401 ? "out" : error;
    throw error;
  }
}

export function App() {
  const [state, set] = useState<State>("asking");
  const again = (): void => void enter().then(set);
  useEffect(() => {
    onSignedOut(() => set("out"));
    again();
  }, []);
  if (state === "asking") return <main class="alone"><Loading /></main>;
  if (state === "out") return <Login onDone={again} />;
  if (state instanceof ApiError) return <main class="alone"><Failure error={state} retry={again} /></main>;
  return (
    <SurroundingsContext.Provider value={state}>
      <Frame surroundings={state} onOut={() => set("out")} />
    </SurroundingsContext.Provider>
  );
}

function Frame({ surroundings, onOut }: { surroundings: Surroundings; onOut: () => void }) {
  const { page: name } = useLocation();
  const page = PAGES.find((one) => one.name === name);
  const allowed = page && may(surroundings.session, page.role);
  useEffect(() => {
    document.title = `${page?.title ?? "Not found"} · Pointsman`;
  }, [name]);
  return (
    <div class="frame">
      <a class="skip" href="#content">Skip to the content</a>
      <Sidebar surroundings={surroundings} name={name} onOut={onOut} />
      <main id="content" tabIndex={-1} key={name}>
        {!page && <NotFound />}
        {page && !allowed && <p class="empty">This page is for the role {page.role}; you are signed in as {surroundings.session.role}.</p>}
        {page && allowed && <page.show />}
      </main>
    </div>
  );
}

function Sidebar({ surroundings, name, onOut }: { surroundings: Surroundings; name: string; onOut: () => void }) {
  const { session, status } = surroundings;
  const worst = status.health.some((one) => one.state === "bad") ? "bad" : status.health.some((one) => one.state === "warn") ? "warn" : "good";
  const leave = async (): Promise<void> => {
    await send("POST", "/logout").catch(() => undefined);
    onOut();
  };
  return (
    <nav class="sidebar" aria-label="Pages">
      <p class="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true"><path d="M4 23h9c6 0 6-14 15-14M13 23h15" /><circle cx="13" cy="23" r="3" /></svg>
        Pointsman
      </p>
      {GROUPS.map((group) => (
        <div key={group} class="group">
          <p class="group-name">{group}</p>
          <ul>
            {PAGES.filter((page) => page.group === group && may(session, page.role)).map((page) => (
              <li key={page.name}>
                <Link page={page.name} current={page.name === name}>
                  <Icon name={page.icon} />
                  <span>{page.title}</span>
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <div class="foot">
        <p class="who"><span>{session.user}</span> <Badge>{session.role}</Badge></p>
        <p class="note"><span class={`dot ${worst}`} />{status.version}</p>
        <div class="actions">
          <ThemeButton />
          <button type="button" class="button icon-only" aria-label="Sign out" title="Sign out" onClick={() => void leave()}><Icon name="out" /></button>
        </div>
      </div>
    </nav>
  );
}

function NotFound() {
  return (
    <div class="empty">
      <p class="title">There is no such page</p>
      <p><Link page="overview">Go to the overview</Link></p>
    </div>
  );
}
