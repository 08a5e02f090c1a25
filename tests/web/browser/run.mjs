// One scenario against a server: node run.mjs NAME ADDRESS. browser_test.py starts both.

import * as care from "./care.mjs";
import * as pages from "./pages.mjs";
import * as own from "./program.mjs";
import { screenshots } from "./screenshots.mjs";

const [, , name, address] = process.argv;
const scenario = { ...care, ...pages, ...own, screenshots }[name];
if (!scenario || !address) {
  console.error("node run.mjs SCENARIO ADDRESS");
  process.exit(2);
}
try {
  await scenario(address);
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
