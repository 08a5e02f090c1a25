// Who answers: how they do lately, which of them rest, what they cost and how old that knowledge is.

import type { ModelPrice, Provider, ProviderModel, Providers } from "../api/types";
import { count, dollars, duration, minute, percent } from "../logic/format";
import { rangeAndFilters } from "../logic/url_state";
import { Badge, Empty, Panel, type Tone } from "../ui/basic";
import { useApi } from "../ui/data";
import { useLocation } from "../ui/navigation";
import { Answer, PageHead } from "../ui/page";
import { useSurroundings } from "../ui/session";
import { Table } from "../ui/table";

const OLD_DAYS = 90;

export function ProvidersPage() {
  const { query } = useLocation();
  const providers = useApi<Providers>("/providers", rangeAndFilters(query));
  return (
    <>
      <PageHead title="Providers" range />
      <Answer of={providers} lines={8}>
        {(data) =>
          data.providers.length === 0 ? (
            <Panel><Empty title="No provider is configured" command={"export OPENAI_API_KEY=...\npointsman init"}>Somebody has to answer:</Empty></Panel>
          ) : (
            <>{data.providers.map((one) => <ProviderPanel key={one.name} provider={one} />)}</>
          )
        }
      </Answer>
    </>
  );
}

const BREAKERS: Record<ProviderModel["breaker"], { tone: Tone; text: string }> = {
  closed: { tone: "good", text: "closed" },
  half_open: { tone: "warn", text: "half open" },
  open: { tone: "bad", text: "open" },
};

const rate = (part: number, of: number): string => (of === 0 ? "–" : percent(part / of, 2));

function ProviderPanel({ provider }: { provider: Provider }) {
  return (
    <Panel
      title={provider.name}
      note={<>{provider.kind} · {count(provider.requests)} calls · {rate(provider.errors, provider.requests)} failed · {count(provider.rate_limited)} times 429</>}
    >
      <Table
        caption={`Models of ${provider.name}`}
        rows={provider.models}
        id={(one) => one.name}
        columns={[
          { title: "model", cell: (one) => <>{one.name}{one.upstream !== one.name && <small class="muted"> {one.upstream}</small>}</> },
          { title: "breaker", cell: (one) => <><Badge tone={BREAKERS[one.breaker].tone}>{BREAKERS[one.breaker].text}</Badge>{one.rests_until && <small class="muted"> rests until {minute(one.rests_until).slice(11)}</small>}</> },
          { title: "calls", number: true, cell: (one) => count(one.requests) },
          { title: "failed", number: true, cell: (one) => rate(one.errors, one.requests) },
          { title: "429", number: true, cell: (one) => count(one.rate_limited) },
          { title: "first byte p50", number: true, cell: (one) => duration(one.first_byte_us.p50) },
          { title: "p95", number: true, cell: (one) => duration(one.first_byte_us.p95) },
          { title: "p99", number: true, cell: (one) => duration(one.first_byte_us.p99) },
          { title: "in / out per 1M", number: true, cell: (one) => `${dollars(one.price.input)} / ${dollars(one.price.output)}` },
          { title: "price known from", cell: (one) => <Age price={one.price} /> },
        ]}
      />
    </Panel>
  );
}

function Age({ price }: { price: ModelPrice }) {
  const { status } = useSurroundings();
  if (price.input === null) return <Badge tone="warn">no price: costs are unknown</Badge>;
  if (price.verified === null) return <span class="muted">{price.source}</span>;
  const days = Math.floor((Date.parse(status.now) - Date.parse(price.verified)) / 86_400_000);
  return <>{price.source}, {price.verified} {days > OLD_DAYS && <Badge tone="warn">{days} days old</Badge>}</>;
}
