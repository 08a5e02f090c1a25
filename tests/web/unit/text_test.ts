// What is written out: CSV, shell commands, numbers, and texts that try to look like something else.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { csvCell, toCsv } from "../../../web/src/logic/csv";
import { chatCommand, shellQuote } from "../../../web/src/logic/curl";
import { ago, bytes, compact, dollars, duration, firstLine, percent, signedDollars, sumOf, visible } from "../../../web/src/logic/format";

test("CSV quotes what has to be", () => {
  assert.equal(csvCell("plain"), "plain");
  assert.equal(csvCell('a "b", c'), '"a ""b"", c"');
  assert.equal(csvCell("two\nlines"), '"two\nlines"');
  assert.equal(csvCell(" edge"), '" edge"');
  assert.equal(csvCell(null), "");
  assert.equal(csvCell(-1.5), "-1.5");
  assert.equal(csvCell(false), "false");
});

test("CSV holds no formulas", () => {
  for (const text of ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]) assert.match(csvCell(text), /^"?'/, text);
});

test("CSV lines end with CR LF", () => assert.equal(toCsv(["a", "b"], [[1, "x"]]), "a,b\r\n1,x\r\n"));

test("a shell takes a quoted text as it stands", () => {
  for (const text of ["plain", "it's", "$(id) `id` \\ \"", "two\nlines", "'; rm -rf / #", "!!"]) {
    assert.equal(execFileSync("/bin/sh", ["-c", `printf %s ${shellQuote(text)}`], { encoding: "utf8" }), text);
  }
});

test("a cURL command carries the text and no key", () => {
  const command = chatCommand({ baseUrl: "http://127.0.0.1:8080", model: "auto", text: "it's <b>", route: "code" });
  const words = execFileSync("/bin/sh", ["-c", command.replace(/^curl/, "printf '%s\\n'")], { encoding: "utf8", env: { POINTSMAN_KEY: "k", PATH: process.env.PATH } }).split("\n");
  assert.ok(words.includes('{"model":"auto","messages":[{"role":"user","content":"it\'s <b>"}]}'), words.join("|"));
  assert.ok(words.includes("x-pointsman-route: code"));
  assert.match(command, /\$POINTSMAN_KEY/);
});

test("control and direction characters become signs", () => {
  assert.equal(visible("a\u0000b\u001b[31m\u007f"), "a␀b␛[31m␡");
  assert.equal(visible("x\u202ecod.exe\u2066"), "x⟨202e⟩cod.exe⟨2066⟩");
  assert.equal(visible("line\n\ttab é 漢 🙂"), "line\n\ttab é 漢 🙂");
  assert.equal(firstLine("  a\n\n b  "), "a b");
  assert.equal(firstLine("x".repeat(500)).length, 160);
});

test("a sum with an unknown part is unknown", () => {
  assert.equal(sumOf([]), 0);
  assert.equal(sumOf([0.25, 0.5]), 0.75);
  assert.equal(sumOf([0.25, null, 0.5]), null);
});

test("numbers are short, signed and never wrongly nothing", () => {
  assert.deepEqual([0, 0.000021, 0.2, 0.1234, 17.366, 1234.5, -0.5].map(dollars), ["$0", "$0.000021", "$0.20", "$0.123", "$17.37", "$1,235", "−$0.50"]);
  assert.equal(dollars(null), "unknown");
  assert.equal(dollars(1e-9), "$0.000000001");
  assert.equal(signedDollars(2), "+$2.00");
  assert.equal(signedDollars(-2), "−$2.00");
  assert.equal(percent(null), "unknown");
  assert.equal(percent(-0.125), "−12.5 %");
  assert.deepEqual([999, 1000, 12_345, 2_000_000].map(compact), ["999", "1k", "12.3k", "2M"]);
  assert.deepEqual([0, 999, 1500, 2_340_000, 1_800_000_000, 61_000_000].map(duration), ["0 µs", "999 µs", "1.5 ms", "2.34 s", "30 min", "1 min 1 s"]);
  assert.deepEqual([10, 2048, 5_000_000].map(bytes), ["10 B", "2.0 KiB", "4.8 MiB"]);
  assert.equal(ago("2026-01-01T00:00:00Z", new Date("2026-01-01T00:10:00Z")), "10 min ago");
});
