import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

/** Tests that need a page say `// @vitest-environment happy-dom` on their first line. */
export default defineConfig({
  plugins: [vue()],
  test: {
    include: ["widget/**/*.test.ts", "console/**/*.test.ts"],
    environment: "node",
  },
});
