// A browser with one page that is signed in, and ears for everything that must not happen.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));

export const PAGES = ["overview", "decisions", "review", "quality", "frontier", "models", "keys", "providers", "config", "audit", "playground"];

export const AXE = require.resolve("axe-core/axe.min.js");

export async function open(address, { user = "ada", width = 1440, height = 900, scheme = "light", signIn = true } = {}) {
  const { chromium } = require("playwright-core");
  const executablePath = process.env.POINTSMAN_CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) throw new Error(`there is no ${executablePath}`);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"] });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce", timezoneId: "UTC", locale: "en-US" });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const heard = { dialogs: [], errors: [], foreign: [], violations: [] };
  page.on("dialog", (dialog) => (heard.dialogs.push(dialog.message()), dialog.dismiss()));
  page.on("pageerror", (error) => heard.errors.push(String(error)));
  page.on("console", (line) => {
    if (/Content.Security.Policy|Trusted/i.test(line.text())) heard.violations.push(line.text());
    else if (line.type() === "error" && !/status of (401|403|404|409)/.test(line.text())) heard.errors.push(line.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith("blob:") && !request.url().startsWith("data:")) heard.foreign.push(request.url());
  });
  if (signIn) {
    await page.goto(`${address}/dashboard/`);
    await page.getByLabel("User").fill(user);
    await page.getByLabel("Password").fill("pointsman");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("nav.sidebar").waitFor();
  }
  return { browser, context, page, heard };
}

// Until nothing is loaded any more and the heading is there.
export async function show(page, address, path) {
  await page.goto(`${address}/dashboard/${path}`);
  await settled(page);
}

export async function settled(page) {
  await page.locator("main h1").waitFor();
  await page.waitForFunction(() => document.querySelector(".loading, .reloading") === null);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

export function nothingBad(heard) {
  for (const [what, list] of Object.entries(heard)) {
    if (list.length > 0) throw new Error(`${what}: ${list.slice(0, 3).join(" | ")}`);
  }
}
