// Links, long lists, keys, scales, differences.
import assert from "node:assert/strict";
import { test } from "node:test";
import { diffLines, hunks } from "../../../web/src/logic/line_diff";
import { choicesOf, reviewAction } from "../../../web/src/logic/review_keys";
import { bandPath, linear, linePath, ticks } from "../../../web/src/logic/scale";
import { carriedOver, changed, formatLocation, isTime, parseLocation, rangeAndFilters } from "../../../web/src/logic/url_state";
import { scrollToShow, visibleRows } from "../../../web/src/logic/virtual";

test("a link says the same both ways", () => {
  for (const text of ["/dashboard/", "/dashboard/decisions?category=a%26b&id=1&since=7d", "/dashboard/quality?threshold=0.70", "/dashboard/decisions?category=%3Cscript%3E"]) {
    const [path = "", search = ""] = text.split("?");
    assert.equal(formatLocation(parseLocation(path, search)), text);
  }
});

test("the default time and empty values are left out; order does not matter", () => {
  assert.equal(formatLocation({ page: "overview", query: { since: "24h", model: "" } }), "/dashboard/");
  assert.equal(formatLocation(parseLocation("/dashboard/keys", "?b=1&a=2")), formatLocation(parseLocation("/dashboard/keys/", "?a=2&b=1")));
});

test("time and filters go from page to page, what is open does not", () => {
  assert.deepEqual(carriedOver({ since: "7d", category: "code", id: "x", threshold: "0.5" }), { since: "7d", category: "code" });
  assert.deepEqual(rangeAndFilters({ id: "x" }), { since: "24h" });
  assert.deepEqual(changed({ a: "1", b: "2" }, { a: null, c: "3" }), { b: "2", c: "3" });
});

test("times are durations or instants", () => {
  for (const text of ["90m", "24h", "7d", "2026-01-31", "2026-01-31T10:00Z"]) assert.ok(isTime(text), text);
  for (const text of ["", "0h", "7 d", "yesterday", "2026-13-01", "-1h", "<script>"]) assert.ok(!isTime(text), text);
});

test("only what is on the screen exists, and the scroll bar is true", () => {
  for (const [count, top, height] of [[100_000, 0, 600], [100_000, 1_234_567, 600], [100_000, 9e9, 600], [3, 0, 600], [100_000, -5, 600]] as const) {
    const w = visibleRows(count, 34, top, height);
    assert.ok(w.end - w.first <= 600 / 34 + 18);
    assert.equal(w.before + (w.end - w.first) * 34 + w.after, count * 34);
    assert.ok(w.first >= 0 && w.end <= count && w.end > w.first);
  }
  assert.deepEqual(visibleRows(0, 34, 0, 600), { first: 0, end: 0, before: 0, after: 0 });
});

test("scrolling to a row moves as little as possible", () => {
  assert.equal(scrollToShow(5, 10, 0, 100), 0);
  assert.equal(scrollToShow(20, 10, 0, 100), 110);
  assert.equal(scrollToShow(2, 10, 50, 100), 20);
});

test("keys mean what the terminal's mean", () => {
  const names = ["a", "b"];
  assert.deepEqual(reviewAction("2", names), { kind: "answer", category: "b" });
  assert.deepEqual(reviewAction("3", names), { kind: "nothing" });
  assert.deepEqual(reviewAction("0", names), { kind: "answer", category: null });
  assert.deepEqual(reviewAction("n", names), { kind: "answer", category: null });
  for (const [key, kind] of [["s", "skip"], ["u", "undo"], ["?", "help"], ["/", "search"], ["Escape", "close"], ["x", "nothing"], ["Enter", "nothing"]] as const) assert.equal(reviewAction(key, names).kind, kind);
});

test("with many categories the likeliest have keys, and a search narrows them", () => {
  const names = Array.from({ length: 12 }, (_, i) => `cat${i}`);
  const likely = names.map((_, i) => i / 100);
  assert.deepEqual(choicesOf(names, likely, "").slice(0, 2), ["cat11", "cat10"]);
  assert.equal(choicesOf(names, likely, "").length, 9);
  assert.deepEqual(choicesOf(names, likely, "CAT1"), ["cat1", "cat10", "cat11"]);
  assert.deepEqual(choicesOf(["b", "a"], [0, 1], ""), ["b", "a"]);
});

test("ticks are round and within", () => {
  assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(0, 83, 4), [0, 50]);
  assert.deepEqual(ticks(3, 3), [3]);
  for (const to of [0.003, 0.7, 12, 99_999]) for (const tick of ticks(0, to)) assert.ok(tick >= 0 && tick <= to * (1 + 1e-9));
  assert.equal(linear(0, 10, 100, 200)(5), 150);
  assert.equal(linear(1, 1, 100, 200)(5), 100);
  assert.equal(linePath([[0, 0], [1, 2]]), "M0.0 0.0L1.0 2.0");
  assert.equal(bandPath([]), "");
});

test("a difference can be undone", () => {
  const random = (seed: number) => () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let seed = 1; seed <= 40; ++seed) {
    const next = random(seed);
    const text = (): string => Array.from({ length: Math.floor(next() * 12) }, () => "abc"[Math.floor(next() * 3)]).join("\n");
    const [before, after] = [text(), text()];
    const lines = diffLines(before, after);
    assert.equal(lines.filter((one) => one.kind !== "added").map((one) => one.text).join("\n"), before);
    assert.equal(lines.filter((one) => one.kind !== "removed").map((one) => one.text).join("\n"), after);
  }
});

test("only changes are shown, with what is around them", () => {
  const before = Array.from({ length: 30 }, (_, i) => `line ${i}`);
  const after = before.map((line, i) => (i === 15 ? "changed" : line));
  const shown = hunks(diffLines(before.join("\n"), after.join("\n")), 2);
  assert.deepEqual(shown.filter((one) => one?.kind !== "same" && one !== null).map((one) => one?.text), ["line 15", "changed"]);
  assert.equal(shown.filter((one) => one === null).length, 2);
  assert.deepEqual(hunks(diffLines("a\nb", "a\nb")), []);
});
