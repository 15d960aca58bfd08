/** What the host page says on the script tag. */

import { type Words, wordsFor } from "./words";

export interface Options {
  /** Where the chat server is; the script came from there unless the page says otherwise. */
  server: string;
  title: string;
  /** Opens by itself when the page has loaded. */
  open: boolean;
  /** Brand colour, `#rrggbb`. */
  colour: string | null;
  timeZone: string;
  suggestions: string[];
  words: Words;
}

/**
 * Reads `data-title`, `data-lang`, `data-open`, `data-color`, `data-timezone`, `data-server` and
 * `data-suggestions` (separated by `|`). A page address with `?chat=open` opens the chat as well.
 */
export function readOptions(
  script: { src: string; dataset: DOMStringMap } | null,
  page: { origin: string; search: string },
): Options {
  const data = script?.dataset ?? {};
  const words = wordsFor(data.lang);
  const from = data.server || script?.src || page.origin;
  return {
    server: new URL(from, page.origin).origin,
    title: data.title || words.title,
    open:
      (data.open !== undefined && data.open !== "false") ||
      new URLSearchParams(page.search).get("chat") === "open",
    colour: data.color ?? null,
    timeZone: data.timezone || "Asia/Shanghai",
    suggestions: data.suggestions?.split("|").filter(Boolean) ?? words.suggestions,
    words,
  };
}
