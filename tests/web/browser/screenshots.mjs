// Pictures of each page for docs/images/dashboard.

import { mkdirSync } from "node:fs";
import { open, PAGES, show } from "./browser.mjs";

const FOLDER = new URL("../../../docs/images/dashboard/", import.meta.url).pathname;

export async function screenshots(address) {
  mkdirSync(FOLDER, { recursive: true });
  const { browser, page } = await open(address, { width: 1280, height: 800 });
  const shoot = async (name) => {
    await page.waitForTimeout(250);
    await page.screenshot({ path: `${FOLDER}${name}.png` });
  };
  for (const name of PAGES) {
    await show(page, address, `${name}?since=${name === "overview" ? "24h" : "30d"}`);
    if (name === "decisions") {
      await page.locator(".virtual .row:not(.head)").nth(6).click();
      await page.getByRole("heading", { name: "Inputs and versions" }).waitFor();
    }
    if (name === "playground") {
      await page.getByLabel("Text", { exact: true }).fill("If all bloops are razzies and some razzies are lazzies, must some bloops be lazzies?");
      await page.getByRole("button", { name: /Decide/ }).click();
      await page.getByRole("heading", { name: "Candidates" }).waitFor();
    }
    await shoot(name);
  }
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await shoot("login");
  await browser.close();
  const dark = await open(address, { width: 1280, height: 800, scheme: "dark" });
  await show(dark.page, address, "overview?since=24h");
  await dark.page.waitForTimeout(250);
  await dark.page.screenshot({ path: `${FOLDER}overview-dark.png` });
  await show(dark.page, address, "quality?since=30d");
  await dark.page.waitForTimeout(250);
  await dark.page.screenshot({ path: `${FOLDER}quality-dark.png` });
  await dark.browser.close();
}
