"""The part of Helm's templates that our chart uses, rendered without Helm: variables below a dot, `include`, `toYaml`,
`nindent`, `quote`, `default`, `not`, if/else, with, define, and the trimming dashes. Anything else is an error, so a
template that needs more says so in the tests. Held against Helm itself where that is installed (kubernetes_test.py).
"""

import os
import re

import yaml

TAG = re.compile(r"(\{\{-\s|\{\{)(.*?)(\s-\}\}|\}\})", re.S)


class Chart:
    def __init__(self, folder):
        self.folder = folder
        self.meta = self.load("Chart.yaml")
        self.values = self.load("values.yaml")
        self.defined = {}
        self.files = {}
        for name in sorted(os.listdir(os.path.join(folder, "templates"))):
            self.files[name] = parse(self.text(os.path.join("templates", name)))
        self.render_nodes(self.files["_helpers.tpl"], {})

    def text(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()

    def load(self, name):
        return yaml.safe_load(self.text(name))

    def render(self, values, name="gateway", namespace="apps"):
        """File -> text, with `values` over those of the chart."""
        dot = {"Values": merged(self.values, values),
               "Chart": {key[0].upper() + key[1:]: value for key, value in self.meta.items()},
               "Release": {"Name": name, "Namespace": namespace, "Service": "Helm"}}
        return {file: self.render_nodes(nodes, dot) for file, nodes in self.files.items() if file != "_helpers.tpl"}

    def objects(self, values):
        texts = self.render(values)
        return [one for name, text in texts.items() if name.endswith(".yaml") for one in yaml.safe_load_all(text) if one]

    def render_nodes(self, nodes, dot):
        out = []
        for kind, *node in nodes:
            if kind == "text":
                out.append(node[0])
            elif kind == "value":
                out.append(str(self.evaluate(node[0], dot)))
            elif kind == "define":
                self.defined[node[0].strip('"')] = node[1]
            else:
                value = self.evaluate(node[0], dot)
                chosen = node[1] if value else node[2]
                out.append(self.render_nodes(chosen, value if kind == "with" and value else dot))
        return "".join(out)

    def evaluate(self, expression, dot):
        first, *pipes = [part.strip() for part in expression.split("|")]
        value = self.call(first.split(), dot)
        for pipe in pipes:
            name, *arguments = pipe.split()
            value = self.apply(name, arguments, value, dot)
        return value

    def call(self, words, dot):
        if words[0] == "not":
            return not self.look(words[1], dot)
        if words[0] == "include":
            return self.render_nodes(self.defined[words[1].strip('"')], self.look(words[2], dot))
        if words[0] == "toYaml":
            return yaml.safe_dump(self.look(words[1], dot), default_flow_style=False, width=10_000).rstrip("\n")
        if len(words) > 1:
            raise ValueError(f"the renderer does not know {words[0]}")
        return self.look(words[0], dot)

    def apply(self, name, arguments, value, dot):
        if name == "nindent":
            return "".join(f"\n{' ' * int(arguments[0])}{line}" if line else "\n" for line in str(value).split("\n"))
        if name == "quote":
            return '"' + str(value) + '"'
        if name == "default":
            return value or self.look(arguments[0], dot)
        raise ValueError(f"the renderer does not know {name}")

    @staticmethod
    def look(path, dot):
        if not path.startswith("."):
            raise ValueError(f"the renderer does not know {path}")
        for key in filter(None, path.split(".")):
            dot = dot[key]  # a value that is not there is an error here, where Helm would write nothing
        return dot


def merged(base, over):
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {**base, **{key: merged(base[key], value) if key in base else value for key, value in over.items()}}


def parse(text):
    """Nodes: (text, TEXT), (value, EXPRESSION), (if|with, EXPRESSION, NODES, ELSE), (define, NAME, NODES)."""
    stack, at, trim = [("file", "", [], None)], 0, False
    for tag in [*TAG.finditer(text), None]:
        piece = text[at:tag.start() if tag else len(text)]
        piece = piece.lstrip() if trim else piece
        piece = piece.rstrip() if tag and tag[1].startswith("{{-") else piece
        add(stack, ("text", piece))
        if tag is None:
            break
        at, trim = tag.end(), tag[3].endswith("-}}")
        word, _, rest = tag[2].strip().partition(" ")
        if word in ("if", "with", "define"):
            stack.append((word, rest.strip(), [], None))
        elif word == "else":
            kind, expression, nodes, _ = stack.pop()
            stack.append((kind, expression, nodes, []))
        elif word == "end":
            kind, expression, nodes, otherwise = stack.pop()
            add(stack, (kind, expression, nodes) if kind == "define" else (kind, expression, nodes, otherwise or []))
        else:
            add(stack, ("value", tag[2].strip()))
    (_, _, nodes, _), = stack
    return nodes


def add(stack, node):
    _, _, nodes, otherwise = stack[-1]
    (nodes if otherwise is None else otherwise).append(node)
