// Who changed what, when, from where.

import { useEffect, useState } from "preact/hooks";
import { get, ApiError } from "../api/client";
import type { AuditEvent, AuditPage } from "../api/types";
import { clock, day, visible } from "../logic/format";
import { rangeAndFilters } from "../logic/url_state";
import { Badge, Empty, Failure, Loading, Panel } from "../ui/basic";
import { download } from "../ui/chart_frame";
import { Icon } from "../ui/icons";
import { update, useLocation } from "../ui/navigation";
import { PageHead } from "../ui/page";
import { Table } from "../ui/table";

export function Audit() {
  const { query } = useLocation();
  const asked = { ...rangeAndFilters({ since: "30d", ...query }), ...(query.who ? { who: query.who } : {}), ...(query.kind ? { kind: query.kind } : {}) };
  const [items, setItems] = useState<AuditEvent[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const load = async (cursor: string | null, had: AuditEvent[]): Promise<void> => {
    try {
      const page = await get<AuditPage>("/audit", { ...asked, ...(cursor ? { cursor } : {}) });
      setItems([...had, ...page.items]);
      setNext(page.next);
      setError(null);
    } catch (failed) {
      if (failed instanceof ApiError) setError(failed);
    }
  };
  useEffect(() => {
    setItems(null);
    void load(null, []);
  }, [JSON.stringify(asked)]);
  const csv = (): void => download("audit", { header: ["number", "at", "who", "kind", "subject", "detail", "from"], rows: (items ?? []).map((one) => [one.number, one.at, one.who, one.kind, one.subject, one.detail, one.from]) });
  return (
    <>
      <PageHead title="Audit" range>
        {query.who && <button type="button" class="chip on" onClick={() => update({ who: null })}><Icon name="close" /> {visible(query.who)}</button>}
        {query.kind && <button type="button" class="chip on" onClick={() => update({ kind: null })}><Icon name="close" /> {visible(query.kind)}</button>}
      </PageHead>
      {error && <Failure error={error} retry={() => void load(null, [])} />}
      {items === null && !error && <Loading lines={8} />}
      {items !== null && (
        <Panel title="Changes" note="newest first, UTC" actions={<button type="button" class="button icon-only" aria-label="Changes: download as CSV" onClick={csv}><Icon name="download" /></button>}>
          {items.length === 0 ? <Empty title="Nothing was changed in this time" command="pointsman keys list" /> : (
            <Table
              caption="Changes"
              rows={items}
              id={(one) => one.number}
              columns={[
                { title: "time", cell: (one) => `${day(one.at)} ${clock(one.at)}` },
                { title: "who", cell: (one) => <button type="button" class="link" onClick={() => update({ who: one.who })}>{visible(one.who)}</button> },
                { title: "what", cell: (one) => <button type="button" class="link" onClick={() => update({ kind: one.kind })}><Badge>{visible(one.kind)}</Badge></button> },
                { title: "subject", cell: (one) => <code>{visible(one.subject)}</code> },
                { title: "detail", cell: (one) => visible(one.detail) },
                { title: "from", cell: (one) => <span class="muted">{visible(one.from)}</span> },
              ]}
            />
          )}
          {next && <div class="actions"><button type="button" class="button" onClick={() => void load(next, items)}>Earlier ones</button></div>}
        </Panel>
      )}
    </>
  );
}
