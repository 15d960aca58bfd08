/** Which events a webhook wants, between what the server keeps and what the form shows. */

/** Things that get a box of their own; anything else is written out. */
export const THINGS = [
  "conversation",
  "handoff",
  "ticket",
  "message",
  "csat",
  "answer",
  "article",
  "agent",
] as const;

export interface Choice {
  things: string[];
  others: string;
}

/** `["ticket.*", "csat.received"]` as boxes and a line of text. */
export function choiceOf(patterns: readonly string[]): Choice {
  const all = new Set<string>(THINGS.map((thing) => `${thing}.*`));
  return {
    things: THINGS.filter((thing) => patterns.includes(`${thing}.*`)),
    others: patterns.filter((pattern) => !all.has(pattern)).join(" "),
  };
}

/** The patterns of a choice, each once, without what a box covers already. */
export function patternsOf(choice: Choice): string[] {
  const typed = choice.others.split(/[\s,，、;；]+/).filter((part) => part !== "");
  const wanted = typed.filter((pattern) => !choice.things.includes(pattern.split(".")[0] ?? ""));
  return [...new Set([...choice.things.map((thing) => `${thing}.*`), ...wanted])];
}
