// The program itself, not the fixture: every page without a fault over what it recorded, hostile prompts among it, and
// the ways through it that change something.

import assert from "node:assert/strict";
import { nothingBad, open, PAGES, settled, show } from "./browser.mjs";

async function unhurt(page, heard, where) {
  assert.equal(await page.evaluate(() => window.pwned), undefined, `a script ran on ${where}`);
  nothingBad(heard);
}

export async function program(address) {
  const { browser, page, heard } = await open(address);
  for (const name of PAGES) {
    await show(page, address, `${name}?since=1h`);
    assert.equal(await page.locator(".failure").count(), 0, `${name}: ${await page.locator(".failure").allInnerTexts()}`);
    await unhurt(page, heard, name);
  }
  await correct(page, address, heard);
  await label(page, address, heard);
  await decide(page, address, heard);
  await makeKey(page, address, heard);
  await browser.close();
}

async function correct(page, address, heard) {
  await show(page, address, "decisions?since=1h");
  const rows = page.locator(".virtual .row:not(.head)");
  assert.ok((await rows.count()) > 10);
  await rows.first().click();
  const panel = page.getByRole("region", { name: "Why this decision" });
  await panel.getByRole("heading", { name: "Attempts" }).waitFor();
  await panel.getByRole("button", { name: "Correct" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Category").selectOption("reasoning");
  await dialog.getByLabel("Comment").fill("<b>as written</b>");
  await dialog.getByRole("button", { name: "Save" }).click();
  await panel.getByText("<b>as written</b>").waitFor();
  await unhurt(page, heard, "a correction");
}

async function label(page, address, heard) {
  await show(page, address, "review");
  for (let at = 0; at < 3; ++at) {
    await page.locator(".card .prompt").waitFor();
    await page.keyboard.press("1");
    await page.locator(".card[aria-busy=false]").waitFor();
  }
  await unhurt(page, heard, "the review queue");
}

async function decide(page, address, heard) {
  await show(page, address, "playground");
  await page.getByLabel("Text", { exact: true }).fill("Reset my password, please.");
  await page.getByRole("button", { name: /Decide/ }).click();
  await page.getByRole("heading", { name: "Candidates" }).waitFor();
  await page.getByRole("button", { name: "Ask the model" }).click();
  await page.locator(".answer").waitFor();
  await unhurt(page, heard, "the playground");
}

async function makeKey(page, address, heard) {
  await show(page, address, "keys");
  await page.getByRole("button", { name: /New key/ }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("browser");
  await dialog.getByRole("button", { name: /Create|Make/ }).click();
  await dialog.getByText(/pm-[0-9A-Za-z]{49}/).waitFor();
  await page.keyboard.press("Escape");
  await settled(page);
  await show(page, address, "keys");
  assert.doesNotMatch(await page.locator("main").innerText(), /pm-[0-9A-Za-z]{49}/);
  await unhurt(page, heard, "keys");
}
