// What must hold on every page: hostile texts stay texts, the keyboard is enough, axe finds nothing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { AXE, nothingBad, open, PAGES, settled, show } from "./browser.mjs";

async function unhurt(page, heard, where) {
  assert.equal(await page.evaluate(() => window.pwned), undefined, `a script ran on ${where}`);
  const made = await page.evaluate(() => document.querySelectorAll("#app script, #app iframe, #app object, #app embed, #app [onerror], #app [onload], #app a[href^=javascript], #app [style*=url]").length);
  assert.equal(made, 0, `markup was made on ${where}`);
  nothingBad(heard);
}

export async function hostile(address) {
  const { browser, page, heard } = await open(address);
  for (const name of PAGES) {
    await show(page, address, `${name}?since=30d`);
    await unhurt(page, heard, name);
  }
  await browser.close();
}

// The same where things are opened.
export async function hostileDetails(address) {
  const { browser, page, heard } = await open(address);
  await show(page, address, "decisions?since=30d");
  const box = page.locator(".virtual");
  const count = await page.evaluate(() => document.querySelector(".virtual").scrollHeight / 34);
  for (let at = 0; at < Math.min(count, 400); at += 24) {
    await box.evaluate((element, to) => (element.scrollTop = to), at * 34);
    await page.waitForTimeout(20);
  }
  await unhurt(page, heard, "the log");
  for (let at = 0; at < 6; ++at) {
    await box.evaluate((element, to) => (element.scrollTop = to), at * 50 * 34);
    const row = page.locator(".virtual .row:not(.head)").nth(9);
    await row.click();
    await page.getByRole("heading", { name: "Inputs and versions" }).waitFor();
  }
  await unhurt(page, heard, "the reasons");
  await show(page, address, "models");
  await page.locator("tbody .link").first().click();
  await page.getByRole("heading", { name: "Card" }).waitFor();
  await page.getByRole("button", { name: "Promote…" }).first().click();
  await page.getByRole("button", { name: "Ask the gate" }).click();
  await page.getByRole("dialog").locator("table").waitFor();
  await unhurt(page, heard, "the gate");
  for (const tab of ["diff", "validate"]) {
    await show(page, address, `config?tab=${tab}`);
    if (tab === "validate") {
      await page.getByRole("button", { name: "Start from what runs" }).click();
      await page.getByRole("button", { name: "Validate", exact: true }).last().click();
      await page.getByText("it loads").waitFor();
    }
    await unhurt(page, heard, tab);
  }
  await show(page, address, "playground");
  await page.getByLabel("Text", { exact: true }).fill("<img src=x onerror=alert(1)>");
  await page.getByRole("button", { name: /Decide/ }).click();
  await page.getByRole("heading", { name: "Candidates" }).waitFor();
  await page.getByRole("button", { name: "Ask the model" }).click();
  await page.locator(".answer").waitFor();
  await unhurt(page, heard, "the playground");
  await show(page, address, "review");
  for (let at = 0; at < 6; ++at) {
    await page.locator(".card .prompt").waitFor();
    await unhurt(page, heard, "the review queue");
    await page.keyboard.press("s");
    await page.locator(".card[aria-busy=false]").waitFor();
  }
  for (const payload of ["%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E", "javascript:alert(1)"]) {
    await show(page, address, `decisions?category=${payload}&id=${payload}&since=${payload}`);
    const refused = heard.errors.splice(0); // the server does not take such a time or id, and the page says so
    assert.deepEqual(refused.filter((text) => !/status of 40[04]/.test(text)), []);
    await page.locator(".failure").first().waitFor();
    await unhurt(page, heard, "the address");
  }
  await browser.close();
}

// Twenty decisions labelled, one skipped, one taken back: without a mouse.
export async function review(address) {
  const { browser, page, heard } = await open(address, { user: "grace" });
  await show(page, address, "");
  for (let turn = 0; turn < 30; ++turn) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement?.textContent?.trim())) === "Review queue") break;
  }
  await page.keyboard.press("Enter");
  await settled(page);
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const item = () => page.locator(".prompt[data-item]").getAttribute("data-item");
  const press = async (key) => {
    const before = await item();
    await page.keyboard.press(key);
    await page.waitForFunction((old) => document.querySelector(".prompt[data-item]")?.getAttribute("data-item") !== old && document.querySelector(".card[aria-busy=false]"), before);
    return before;
  };
  const seen = new Set();
  for (let at = 0; at < 20; ++at) seen.add(await press(at % 7 === 6 ? "0" : String(1 + (at % 5))));
  assert.equal(seen.size, 20, "a decision came twice");
  await press("s");
  await page.keyboard.press("u"); // the skip
  await page.getByText("taken back").waitFor();
  await page.locator(".card[aria-busy=false]").waitFor();
  const last = await press("u"); // the twentieth answer
  assert.notEqual(await item(), last);
  assert.equal(await page.locator("#labelled").innerText(), "19");
  await press("2");
  assert.equal(await page.locator("#labelled").innerText(), "20");
  nothingBad(heard);
  await browser.close();
}

// Two people at once are never shown the same decision.
export async function together(address) {
  const first = await open(address, { user: "ada" });
  const second = await open(address, { user: "grace" });
  const seen = [new Set(), new Set()];
  const both = [first, second];
  for (const { page } of both) await show(page, address, "review");
  for (let turn = 0; turn < 5; ++turn) {
    for (const [at, { page }] of both.entries()) {
      await page.locator(".card[aria-busy=false]").waitFor();
      const id = await page.locator(".prompt[data-item]").getAttribute("data-item");
      seen[at].add(id);
      await page.keyboard.press("1");
      await page.waitForFunction((old) => document.querySelector(".prompt[data-item]")?.getAttribute("data-item") !== old, id);
    }
  }
  assert.equal([...seen[0]].filter((id) => seen[1].has(id)).length, 0);
  assert.equal(seen[0].size + seen[1].size, 10);
  for (const { browser, heard } of both) {
    nothingBad(heard);
    await browser.close();
  }
}

const AXE_SOURCE = () => readFileSync(AXE, "utf8");

async function judge(page, where) {
  // Not as a <script>: the page's policy forbids that, and rightly.
  await page.evaluate(AXE_SOURCE());
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  const lines = found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any.map((check) => check.message).join("; ").slice(0, 200)}`).join(" | ")}`);
  assert.deepEqual(lines, [], where);
}

async function axeIn(scheme, address) {
  const { browser, page } = await open(address, { scheme });
  const problems = [];
  const look = async (path, act) => {
    await show(page, address, path);
    if (act) await act();
    await judge(page, `${scheme} ${path}`).catch((error) => problems.push(error.message));
    if (process.env.POINTSMAN_PROGRESS) console.error(scheme, path, problems.at(-1) ?? "clean");
  };
  for (const name of PAGES) await look(name);
  await look("decisions", async () => {
    await page.locator(".virtual .row:not(.head)").nth(2).click();
    await page.getByRole("heading", { name: "Inputs and versions" }).waitFor();
  });
  await look("review", async () => {
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
  });
  await look("models", async () => {
    await page.getByRole("button", { name: "Promote…" }).first().click();
    await page.getByRole("button", { name: "Ask the gate" }).click();
    await page.getByRole("dialog").locator("table").waitFor();
  });
  await look("config?tab=diff");
  await look("config?tab=validate");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await judge(page, `${scheme} login`).catch((error) => problems.push(error.message));
  await browser.close();
  assert.deepEqual(problems, []);
}

export const axeLight = (address) => axeIn("light", address);
export const axeDark = (address) => axeIn("dark", address);
