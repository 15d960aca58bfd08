/** Placeholders of canned responses: filled in when put into a reply, never sent. Pure. */

import type { Packet, Summary } from "../api/types";

export const PLACEHOLDERS = ["客户姓名", "工单号", "客服姓名"] as const;

export type Values = Partial<Record<(typeof PLACEHOLDERS)[number], string | null>>;

const ANY = new RegExp(`\\{(${PLACEHOLDERS.join("|")})\\}`, "g");

/** What is known of a conversation; a name also from what the bot was told. */
export function valuesOf(
  { summary, packet }: { summary: Summary | null; packet: Packet | null },
  agentName: string | undefined,
): Values {
  const told = packet?.slots.find(({ name }) => name === "contact_name")?.value;
  return {
    客户姓名: summary?.contact.name || packet?.ticket?.contact_name || (told ? String(told) : null),
    工单号: packet?.ticket?.number,
    客服姓名: agentName,
  };
}

/** The text with what is known filled in; what is not stays visible. */
export function filled(text: string, values: Values): string {
  return text.replace(ANY, (whole, name: keyof Values) => values[name]?.trim() || whole);
}

/** The placeholders that still stand in a text, each once, as they stand there. */
export function left(text: string): string[] {
  return [...new Set(text.match(ANY))];
}
