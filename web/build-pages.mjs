/** Copies the pages that need no bundling: the demo site and the API documentation. */

import { copyFileSync, cpSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = dirname(fileURLToPath(import.meta.url));
const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const docs = join(web, "dist/docs");

cpSync(join(web, "site"), join(web, "dist/site"), { recursive: true });
cpSync(join(web, "docs"), docs, { recursive: true });
mkdirSync(docs, { recursive: true });
for (const name of ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"]) {
  copyFileSync(join(swagger, name), join(docs, name));
}
