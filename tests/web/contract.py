"""The contract of the admin API: reads web/src/api, checks values against it, writes it into docs/admin-api.md.

The types are interfaces and unions only, so a small reader is enough; what it does not know is an error.
"""
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = ROOT / "web/src/api"
PAGE = ROOT / "docs/admin-api.md"
TYPES = ["types.ts", "types_decision.ts", "types_learning.ts", "types_setup.ts"]
PARAMETERS = {
    "range": "`since`, `until`",
    "filter": "`category`, `model`, `stage`, `outcome`, `key`, `fallback`",
    "page": "`limit`, `cursor`",
}


def endpoints():
    return json.loads((API / "endpoints.json").read_text(encoding="utf-8"))


def declarations():
    """Name -> text of each interface and union, in order."""
    found = {}
    for file in TYPES:
        text = (API / file).read_text(encoding="utf-8")
        for match in re.finditer(r"^export (?:interface (\w+) \{\n.*?^\}|type (\w+) = [^;]+;)", text, re.MULTILINE | re.DOTALL):
            name = match.group(1) or match.group(2)
            if name in found:
                raise ValueError(f"{name} is declared twice")
            found[name] = match.group()
    return found


class Types:
    """Checks values against the declarations."""

    def __init__(self):
        self.interfaces, self.unions = {}, {}
        for name, text in declarations().items():
            if text.startswith("export type"):
                self.unions[name] = text.split("=", 1)[1].strip().rstrip(";")
                continue
            members = {}
            for line in text.splitlines()[1:-1]:
                match = re.fullmatch(r"  (\w+)(\??): (.+);", line)
                if not match:
                    raise ValueError(f"{name}: cannot read {line.strip()!r}")
                members[match.group(1)] = (match.group(3), match.group(2) == "?")
            self.interfaces[name] = members

    def walk(self, value, kind, path, leaf):
        """The value with `leaf(value, type, path)` in place of each string; ValueError where it is not of that type."""
        kind = kind.strip()
        if kind in self.unions:
            kind = self.unions[kind]
        if kind.endswith("[]"):
            return self._list(value, kind[:-2], path, leaf)
        if match := re.fullmatch(r"Record<string, (\w+)>", kind):
            if not isinstance(value, dict):
                raise ValueError(f"{path}: {value!r} is not an object")
            return {leaf(key, "string", path): self.walk(one, match.group(1), f"{path}.{key}", leaf) for key, one in value.items()}
        if " | " in kind:
            return self._union(value, kind, path, leaf)
        if kind in self.interfaces:
            return self._object(value, kind, path, leaf)
        return self._plain(value, kind, path, leaf)

    def _list(self, value, kind, path, leaf):
        if not isinstance(value, list):
            raise ValueError(f"{path}: {value!r} is not a list")
        kind = kind[1:-1] if kind.startswith("(") else kind
        return [self.walk(one, kind, f"{path}[{at}]", leaf) for at, one in enumerate(value)]

    def _union(self, value, kind, path, leaf):
        for one in kind.split(" | "):
            try:
                return self.walk(value, one, path, leaf)
            except ValueError:
                continue
        raise ValueError(f"{path}: {value!r} is not {kind}")

    def _object(self, value, kind, path, leaf):
        members = self.interfaces[kind]
        if not isinstance(value, dict):
            raise ValueError(f"{path}: {value!r} is not a {kind}")
        if unknown := sorted(set(value) - set(members)):
            raise ValueError(f"{path}: {kind} has no member {unknown[0]}")
        for name, (_, optional) in members.items():
            if name not in value and not optional:
                raise ValueError(f"{path}: {name} is missing in {kind}")
        return {name: self.walk(one, members[name][0], f"{path}.{name}", leaf) for name, one in value.items()}

    @staticmethod
    def _plain(value, kind, path, leaf):
        if kind == "unknown":
            return value
        if kind == "null" and value is None:
            return value
        if kind == "boolean" and isinstance(value, bool):
            return value
        if kind == "number" and isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        if kind == "string" and isinstance(value, str):
            return leaf(value, kind, path)
        if kind.startswith('"') and value == kind.strip('"'):
            return value
        raise ValueError(f"{path}: {value!r} is not {kind}")

    def check(self, value, kind):
        self.walk(value, kind, kind, lambda text, _kind, _path: text)


def match_path(template, path):
    """The parts of `path` that `template` names, or None."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    match = re.fullmatch(pattern, path)
    return match.groupdict() if match else None


def endpoint_table():
    lines = ["| endpoint | role | query | takes | answers | from |", "|---|---|---|---|---|---|"]
    for one in endpoints():
        query = ", ".join(PARAMETERS.get(name, f"`{name}`") for name in one["query"])
        body = f"`{one['body']}`" if "body" in one else ""
        answer = f"`{one['answer']}`" + (", as events" if one.get("stream") else "")
        lines.append(f"| `{one['method']} {one['path']}` | {one['role']} | {query} | {body} | {answer} | {one['from']} |")
    return "\n".join(lines)


def page_with_contract(text):
    """The page with its table and its types as the source has them."""
    blocks = "```ts\n" + "\n\n".join(declarations().values()) + "\n```"
    for name, content in (("endpoints", endpoint_table()), ("types", blocks)):
        mark = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end of {name} -->)", re.DOTALL)
        if not mark.search(text):
            raise ValueError(f"{PAGE.name} has no place for {name}")
        text = mark.sub(lambda m, content=content: m.group(1) + content + m.group(2), text)
    return text


if __name__ == "__main__":
    PAGE.write_text(page_with_contract(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
