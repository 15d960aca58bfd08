/** The words on the screen. Another language is another file of the same shape. */

import { zhCN } from "./zh-CN";

export type Words = typeof zhCN;

export const words: Words = zhCN;

/** Look a code up; an unknown one is shown as it is rather than hidden. */
export function label(table: Record<string, string>, code: string | number | null | undefined) {
  if (code == null || code === "") return "";
  return table[String(code)] ?? String(code);
}
