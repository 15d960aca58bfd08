import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** One file with everything inside, so that a host page needs one `<script>` tag. */
export default defineConfig({
  root: here("./widget"),
  publicDir: false,
  // The page it is put on may be in GBK: no character of ours depends on that.
  esbuild: { charset: "ascii" },
  build: {
    // Phones that are five years old still run this.
    target: ["es2020", "safari14", "chrome87"],
    outDir: here("./dist"),
    // The other builds write beside it.
    emptyOutDir: false,
    lib: {
      entry: here("./widget/main.ts"),
      name: "FrontDoorWidget",
      formats: ["iife"],
      fileName: () => "widget.js",
    },
  },
});
