// The card of one classifier, member by member as the artefact holds it.

import type { ClassifierVersion } from "../api/types";
import { visible } from "../logic/format";
import { Copy, Empty, Panel } from "../ui/basic";
import { Icon } from "../ui/icons";

interface Line {
  name: string;
  value: string;
}

// Nested members as dotted names; long lists are counted, not shown.
function lines(value: unknown, name: string, depth: number): Line[] {
  if (Array.isArray(value)) {
    if (value.length > 6 || value.some((one) => typeof one === "object" && one !== null)) return [{ name, value: `${value.length} entries` }];
    return [{ name, value: value.map(String).join(", ") }];
  }
  if (typeof value === "object" && value !== null && depth < 4) {
    return Object.entries(value).flatMap(([key, inner]) => lines(inner, name === "" ? key : `${name}.${key}`, depth + 1));
  }
  return [{ name, value: typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : String(value) }];
}

export function Card({ version, onClose }: { version: ClassifierVersion | undefined; onClose: () => void }) {
  if (!version) return <Panel title="Card"><Empty title="There is no such version" command="pointsman models" /></Panel>;
  return (
    <Panel
      title="Card"
      note={<code>{version.version}</code>}
      actions={<><Copy label="JSON" text={JSON.stringify(version.card, null, 2)} /><button type="button" class="button icon-only" aria-label="Close the card" onClick={onClose}><Icon name="close" /></button></>}
    >
      <dl class="facts many">
        {lines(version.card, "", 0).map((line) => (
          <div key={line.name}><dt>{visible(line.name)}</dt><dd>{visible(line.value)}</dd></div>
        ))}
      </dl>
    </Panel>
  );
}
