// Wilson intervals, calibration, thresholds, against figures worked out elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { burnDown } from "../../../web/src/logic/burn_down";
import { binOf, calibrationError, operatingAt, reliability, wilson } from "../../../web/src/logic/stats";

const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 5e-4, `${a} is not ${b}`);

test("Wilson's interval is that of the tables", () => {
  // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  for (const [hits, of, low, high] of [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [0, 20, 0, 0.1611], [1, 29, 0.0061, 0.1718]] as const) {
    near(wilson(hits, of).low, low);
    near(wilson(hits, of).high, high);
  }
});

test("an interval holds its share and stays within 0 and 1", () => {
  for (let of = 1; of <= 60; ++of) {
    for (let hits = 0; hits <= of; ++hits) {
      const { low, high } = wilson(hits, of);
      assert.ok(low >= 0 && low <= hits / of && hits / of <= high && high <= 1, `${hits} of ${of}`);
    }
  }
});

test("nothing observed says nothing", () => assert.deepEqual(wilson(0, 0), { low: 0, high: 1 }));

test("bins are those of the gateway", () => {
  assert.equal(binOf(0, 15), 0);
  assert.equal(binOf(1, 15), 14);
  assert.equal(binOf(0.0666, 15), 0);
  assert.equal(binOf(0.0667, 15), 1);
  assert.equal(binOf(-1, 15), 0);
});

test("calibration leaves empty bins out and weighs the others", () => {
  const bins = [{ count: 0, right: 0, confidence: 0 }, { count: 30, right: 15, confidence: 0.6 }, { count: 10, right: 9, confidence: 0.9 }];
  assert.equal(reliability(bins).length, 2);
  near(calibrationError(bins) ?? -1, 0.075);
  assert.equal(calibrationError([]), null);
});

test("a threshold's step is the nearest one", () => {
  const steps = [
    { threshold: 0, kept: 100, labelled_kept: 50, labelled_wrong: 10, cost_usd: 1, priced: 100 },
    { threshold: 0.5, kept: 60, labelled_kept: 30, labelled_wrong: 3, cost_usd: 2, priced: 100 },
    { threshold: 1, kept: 0, labelled_kept: 0, labelled_wrong: 0, cost_usd: 4, priced: 0 },
  ];
  const half = operatingAt(steps, 100, 0.55);
  assert.equal(half?.threshold, 0.5);
  near(half?.coverage ?? -1, 0.6);
  near(half?.error ?? -1, 0.1);
  near(half?.costPerThousand ?? -1, 20);
  assert.equal(operatingAt(steps, 100, 0.9)?.error, null);
  assert.equal(operatingAt(steps, 100, 0.9)?.costPerThousand, null);
  assert.equal(operatingAt([], 100, 0.5), null);
});

test("a budget burns down", () => {
  const now = new Date("2026-11-20T00:00:00Z");
  const ends = new Date("2026-12-01T00:00:00Z");
  const out = burnDown(50, 38, [2, 2, 2], now, ends);
  assert.equal(out.state, "runs_out");
  assert.equal(out.at?.toISOString(), "2026-11-26T00:00:00.000Z");
  assert.equal(burnDown(50, 10, [1], now, ends).state, "fits");
  assert.equal(burnDown(50, 50, [1], now, ends).state, "spent");
  assert.equal(burnDown(50, 10, [0, 0], now, ends).state, "idle");
  assert.equal(burnDown(50, 10, [], now, null).state, "idle");
  assert.equal(burnDown(50, 10, [1], now, null).state, "runs_out");
  assert.equal(burnDown(50, 10, [900, 1, 1, 1, 1, 1, 1, 1], now, null).perDay, 1); // the last seven
});
