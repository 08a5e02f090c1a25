// Where the page begins.

import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/tables.css";
import "./styles/charts.css";
import "./styles/pages.css";
import { App } from "./app";
import { applyTheme, storedTheme } from "./ui/theme";

applyTheme(storedTheme());
const root = document.getElementById("app");
if (root) render(<App />, root);
