import { fileURLToPath } from "node:url";

import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The agents' and content staff's console, served under /console/. */
export default defineConfig({
  root: here("./console"),
  base: "/console/",
  plugins: [vue()],
  build: {
    outDir: here("./dist/console"),
    emptyOutDir: true,
  },
  server: {
    proxy: { "/api": { target: "http://127.0.0.1:8000", ws: true } },
  },
});
