// Every page shows what it should: with data, empty, with 100,000 decisions, in both colours, and lost sessions lead back.

import assert from "node:assert/strict";
import { nothingBad, open, PAGES, settled, show } from "./browser.mjs";

const HEADINGS = { overview: "Overview", decisions: "Decisions", review: "Review queue", quality: "Quality", frontier: "Frontier", models: "Models & training", keys: "Keys & budgets", providers: "Providers", config: "Config", audit: "Audit", playground: "Playground" };

async function each(page, address) {
  for (const name of PAGES) {
    await show(page, address, name);
    assert.equal(await page.locator("h1").innerText(), HEADINGS[name]);
    assert.equal(await page.locator(".failure").count(), 0, `${name} shows a failure`);
  }
}

export async function data(address) {
  const { browser, page, heard } = await open(address);
  await each(page, address);
  await show(page, address, "overview");
  assert.match(await page.locator(".figure.hero").innerText(), /\+\$\d/);
  await page.locator(".series canvas").nth(2).waitFor({ state: "attached" }); // three charts, once their figures are there
  await page.getByRole("button", { name: "Requests: as a table" }).click();
  assert.ok((await page.getByRole("region", { name: "Requests, table" }).locator("tbody tr").count()) > 10);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Requests: download as CSV" }).click()]);
  assert.equal(file.suggestedFilename(), "requests.csv");
  await links(page, address);
  await why(page, address);
  await threshold(page, address);
  await models(page, address);
  await playground(page, address);
  nothingBad(heard);
  await browser.close();
}

// Time and filters are in the address, and the address is all that is needed to see the same.
async function links(page, address) {
  await show(page, address, "decisions?since=7d");
  await page.getByLabel("category").selectOption("code");
  await settled(page);
  assert.match(page.url(), /category=code.*since=7d/);
  await page.locator(".sidebar").getByRole("link", { name: "Overview" }).click();
  assert.match(page.url(), /\/dashboard\/\?category=code&since=7d$/);
  await page.goBack();
  await settled(page);
  await page.locator(".virtual .row:not(.head)").first().waitFor();
  const found = await page.locator(".virtual .row:not(.head) > :nth-child(2)").allInnerTexts();
  assert.ok(found.length > 0 && found.every((text) => text.startsWith("code")), found.join());
}

async function why(page, address) {
  await show(page, address, "decisions");
  await page.locator(".virtual").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const panel = page.getByRole("region", { name: "Why this decision" });
  await panel.getByRole("heading", { name: "Probabilities" }).waitFor();
  for (const part of ["Nearest labelled examples", "What spoke for it", "Timeline", "Attempts", "Bill", "Inputs and versions"]) await panel.getByRole("heading", { name: part }).waitFor();
  await panel.getByRole("button", { name: "Correct" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Category").selectOption({ index: 3 });
  await dialog.getByLabel("Comment").fill("<b>as written</b>");
  await dialog.getByRole("button", { name: "Save" }).click();
  await panel.getByText("<b>as written</b>").waitFor();
  await panel.getByRole("button", { name: "Replay elsewhere" }).click();
  await dialog.getByRole("button", { name: "Ask", exact: true }).click();
  await dialog.getByText("Ulaanbaatar").waitFor();
  await page.keyboard.press("Escape");
  await panel.getByRole("button", { name: "Close" }).click();
  assert.doesNotMatch(page.url(), /id=/);
}

async function threshold(page, address) {
  await show(page, address, "quality?since=30d&set=all");
  const kept = () => page.locator(".comparison tbody tr:first-child td:last-child").innerText();
  const before = await kept();
  const area = await page.locator(".plot .drag").boundingBox();
  await page.mouse.move(area.x + area.width * 0.9, area.y + 40);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width * 0.4, area.y + 40, { steps: 4 });
  await page.mouse.up();
  assert.notEqual(await kept(), before);
  assert.match(page.url(), /threshold=0\.\d\d/);
  await page.getByRole("button", { name: "code taken for code" }).click();
  await page.getByRole("grid", { name: "Examples" }).locator(".row:not(.head)").first().waitFor();
}

async function models(page, address) {
  await show(page, address, "models");
  await page.getByRole("button", { name: "Promote…" }).first().click();
  const dialog = page.getByRole("dialog");
  const go = dialog.getByRole("button", { name: /^Make it/ });
  assert.ok(await go.isDisabled(), "promotes without having asked the gate");
  await dialog.getByRole("button", { name: "Ask the gate" }).click();
  await dialog.getByText("category writing").first().waitFor();
  assert.ok(await go.isDisabled(), "promotes against the gate without a reason");
  await dialog.getByLabel("Reason").fill("trying it");
  await go.click();
  await dialog.waitFor({ state: "detached" });
}

async function playground(page, address) {
  await show(page, address, "playground");
  await page.getByLabel("Text", { exact: true }).fill("What is the capital of Mongolia?");
  await page.getByRole("button", { name: /Decide/ }).click();
  await page.getByRole("heading", { name: "Candidates" }).waitFor();
  await page.getByRole("button", { name: "Ask the model" }).click();
  await page.getByText("Ulaanbaatar").waitFor();
}

export async function empty(address) {
  const { browser, page, heard } = await open(address);
  await each(page, address);
  for (const [name, command] of [["overview", "curl"], ["decisions", "curl"], ["review", "pointsman"], ["quality", "pointsman label"], ["frontier", "pointsman label"], ["models", "pointsman train"], ["keys", "pointsman keys create"], ["providers", "pointsman init"], ["audit", "pointsman"]]) {
    await show(page, address, name);
    await page.locator(".empty .command").first().waitFor();
    const shown = await page.locator(".empty .command pre").allInnerTexts();
    assert.ok(shown.some((text) => text.includes(command)), `${name} does not say ${command}`);
  }
  nothingBad(heard);
  await browser.close();
}

export async function many(address) {
  const { browser, page, heard } = await open(address);
  for (const path of ["decisions?since=30d", "overview?since=30d"]) {
    await page.goto(`${address}/dashboard/${path}`);
    await settled(page);
    const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1);
    const whole = await page.evaluate(() => performance.now());
    console.log(`100,000 decisions, ${path}: first paint ${Math.round(paint)} ms, all of it ${Math.round(whole)} ms`);
  }
  await show(page, address, "decisions?since=30d");
  const box = page.locator(".virtual");
  assert.match(await page.locator(".log .foot").innerText(), /of 100,000 loaded/);
  for (let turn = 0; turn < 6; ++turn) {
    const before = await page.locator(".log .foot").innerText();
    await box.evaluate((element) => (element.scrollTop = element.scrollHeight));
    await page.waitForFunction((text) => document.querySelector(".log .foot").innerText !== text && !document.querySelector(".log .foot").innerText.includes("coming"), before);
  }
  const rows = await page.locator(".virtual .row").count();
  assert.ok(rows < 80, `${rows} rows exist; the list is not virtual`);
  assert.ok(Number((await box.locator(".row").last().getAttribute("aria-rowindex"))) > 900);
  nothingBad(heard);
  await browser.close();
}

// New rows come by themselves, and signing out ends at the door.
export async function live(address) {
  const { browser, page, heard } = await open(address);
  await show(page, address, "decisions");
  await page.getByRole("button", { name: "Go live" }).click();
  const total = async () => Number((await page.locator(".log .foot").innerText()).match(/of ([\d,]+)/)[1].replaceAll(",", ""));
  const before = await total();
  await page.waitForFunction((many) => Number(document.querySelector(".log .foot").innerText.match(/of ([\d,]+)/)[1].replaceAll(",", "")) > many + 1, before);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByLabel("User").fill("ada");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("the name or the password is wrong").waitFor();
  nothingBad(heard);
  await browser.close();
}
