// The same source gives the same bytes: names carry content hashes, nothing carries a time.
import { defineConfig } from "vite";

// The fixture server of tests/web, or a gateway's admin listener.
const behind = process.env.POINTSMAN_ADMIN ?? "http://127.0.0.1:9191";

export default defineConfig({
  base: "/dashboard/",
  server: { proxy: { "/admin": behind } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the content security policy allows files of our own only
    reportCompressedSize: false,
    cssCodeSplit: false,
  },
});
