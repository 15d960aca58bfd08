/** The conversation as rows on the screen. Pure. */

import type { DeliveryState, Pending } from "./outbox";
import type { Author, Message, QuickReply } from "./protocol";
import type { MessageStore } from "./store";

export interface BubbleRow {
  kind: "bubble";
  key: string;
  seq: number | null;
  author: Exclude<Author, "system">;
  name: string | null;
  text: string;
  at: string;
  /** The first of a run by the same author: it carries name and time. */
  leads: boolean;
  ticket: string | null;
  quickReplies: QuickReply[];
  state: DeliveryState | "sent";
  isButton: boolean;
}

export type Row =
  | BubbleRow
  | { kind: "day"; key: string; day: string }
  | { kind: "system"; key: string; seq: number; text: string }
  | { kind: "rating"; key: string; seq: number; text: string; conversationId: string };

export interface Conversation {
  store: MessageStore;
  pending: readonly Pending[];
  /** A person is answering: what the bot offered before no longer holds. */
  isWithAgent: boolean;
  /** The day something was written on, as a line between the messages shows it. */
  dayOf: (iso: string) => string;
}

const NEW_RUN_AFTER_MS = 3 * 60_000;

export function rowsOf({ store, pending, isWithAgent, dayOf }: Conversation): Row[] {
  const messages = store.all();
  const offer = pending.length > 0 || isWithAgent ? null : store.offer();
  const lastRating = messages.filter(ratingOf).pop();
  const rows: Row[] = [];
  let before: { author: Author; at: string } | null = null;

  let today = "";

  const dayLine = (at: string) => {
    const day = dayOf(at);
    if (day === today) return;
    today = day;
    before = null;
    rows.push({ kind: "day", key: `day-${day}`, day });
  };
  const leads = (author: Author, at: string) =>
    before?.author !== author || apart(before.at, at) > NEW_RUN_AFTER_MS;

  for (const message of messages) {
    const { seq, author, text, at } = message;
    // A message keeps its row when it is acknowledged.
    const key = message.client_message_id ?? message.id;
    dayLine(at);
    const rating = ratingOf(message);
    if (rating !== null && message === lastRating) {
      rows.push({ kind: "rating", key, seq, text, conversationId: rating });
    } else if (author === "system") {
      rows.push({ kind: "system", key, seq, text });
    } else {
      rows.push({
        kind: "bubble",
        key,
        seq,
        author,
        name: message.author_name,
        text,
        at,
        leads: leads(author, at),
        ticket: ticketOf(message),
        quickReplies: message === offer ? message.buttons : [],
        state: "sent",
        isButton: false,
      });
    }
    before = { author, at };
  }

  for (const entry of pending) {
    dayLine(entry.writtenAt);
    rows.push({
      kind: "bubble",
      key: entry.clientMessageId,
      seq: null,
      author: "contact",
      name: null,
      text: entry.text,
      at: entry.writtenAt,
      leads: leads("contact", entry.writtenAt),
      ticket: null,
      quickReplies: [],
      state: entry.state,
      isButton: entry.button !== null,
    });
    before = { author: "contact", at: entry.writtenAt };
  }
  return rows;
}

function apart(earlier: string, later: string): number {
  return Date.parse(later) - Date.parse(earlier);
}

function ratingOf(message: Message): string | null {
  if (message.data?.kind !== "rating") return null;
  return String(message.data.conversation_id ?? message.conversation_id);
}

function ticketOf(message: Message): string | null {
  const { kind, number } = message.data ?? {};
  return kind === "ticket" && typeof number === "string" ? number : null;
}
