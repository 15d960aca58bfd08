/** Pure rules about the lists at the left of the desk. */

import type { DeskEvent, Summary, View } from "../api/types";

export const VIEWS: readonly View[] = ["queue", "mine", "bot", "closed"];

export type Lists = Record<View, Summary[]>;

export const emptyLists = (): Lists => ({ queue: [], mine: [], bot: [], closed: [] });

/** The queue stands in its order; everywhere else the latest comes first. */
export function inOrder(view: View, rows: Summary[]): Summary[] {
  // What ended is read page by page: it stays in the order of the pages.
  if (view === "closed") return rows;
  const lastActive = (row: Summary) => Date.parse(row.last_message?.at ?? row.updated_at) || 0;
  const place = (row: Summary) => row.position ?? Number.MAX_SAFE_INTEGER;
  return [...rows].sort((a, b) =>
    view === "queue"
      ? place(a) - place(b) || (a.queued_at ?? "").localeCompare(b.queued_at ?? "")
      : lastActive(b) - lastActive(a),
  );
}

/** So many rows the server gives at once. */
export const PAGE = 100;

/** A list that is read page by page. */
export interface Paged {
  rows: Summary[];
  /** There are older ones still. */
  more: boolean;
}

/** The list after its first page was read anew: older pages stay below, if they still meet. */
export function withFirstPage(known: Paged, page: Summary[]): Paged {
  if (page.length < PAGE) return { rows: page, more: false };
  const fresh = new Set(page.map(({ id }) => id));
  const older = known.rows.filter(({ id }) => !fresh.has(id));
  if (older.length === known.rows.length) return { rows: page, more: true };
  return { rows: [...page, ...older], more: known.more };
}

/** The list with the next page below. */
export function withNextPage(known: Paged, page: Summary[]): Paged {
  const shown = new Set(known.rows.map(({ id }) => id));
  const rows = [...known.rows, ...page.filter(({ id }) => !shown.has(id))];
  return { rows, more: page.length === PAGE };
}

/** Which lists may look different after this event. */
export function viewsTouchedBy(event: DeskEvent, lists: Lists): View[] {
  switch (event.type) {
    case "message.created": {
      const shownIn = VIEWS.filter((view) => find(lists[view], event.conversation_id));
      if (shownIn.length > 0 || event.data.agent_id) return shownIn;
      // A conversation that no list shows and no agent has can only be new, with the bot.
      return ["bot"];
    }
    case "conversation.opened":
      return ["bot"];
    case "conversation.queued":
    case "handoff.requested":
      return ["queue", "mine", "bot"];
    case "conversation.noted":
    case "conversation.whispered":
      return [];
    case "conversation.accepted":
      return ["queue", "mine", "bot"];
    case "contact.level_changed":
      return [...VIEWS];
    case "conversation.closed":
      return ["queue", "mine", "bot", "closed"];
    default:
      return event.type.startsWith("conversation.") || event.type.startsWith("handoff.")
        ? [...VIEWS]
        : [];
  }
}

export function find(rows: Summary[], id: string | null): Summary | undefined {
  return id === null ? undefined : rows.find((row) => row.id === id);
}

export function findAnywhere(lists: Lists, id: string | null): Summary | undefined {
  return VIEWS.map((view) => find(lists[view], id)).find(Boolean);
}

/** Unread: the customer said something after the last message seen here. */
export function isUnread(row: Summary, seenSeq: number | undefined): boolean {
  return row.last_message?.author === "contact" && row.last_seq > (seenSeq ?? 0);
}

export function displayName(
  contact: Pick<Summary["contact"], "id" | "name">,
  visitor: (suffix: string) => string,
): string {
  return contact.name?.trim() || visitor(contact.id.slice(-4));
}

/** The conversation above or below; stays at the ends. */
export function neighbour(
  rows: Summary[],
  selectedId: string | null,
  step: 1 | -1,
): string | null {
  if (rows.length === 0) return null;
  const at = rows.findIndex((row) => row.id === selectedId);
  if (at === -1) return (step === 1 ? rows[0] : rows.at(-1))?.id ?? null;
  return rows[Math.min(Math.max(at + step, 0), rows.length - 1)]?.id ?? null;
}

/** The list a conversation stands in, for someone who came by its address. */
export function viewOf(row: Summary, myIds: readonly (string | undefined)[]): View | null {
  const right = replyRight(row, myIds);
  if (right === "theirs") return null;
  return right === "queued" || right === "asked" || right === "offered" ? "queue" : right;
}

export function countText(n: number): string {
  return n > 99 ? "99+" : String(n);
}

/**
 * Who may write in it, as a reason when it is not the person looking; "asked" is who it is
 * offered to.
 */
export type ReplyRight = "mine" | "bot" | "queued" | "asked" | "offered" | "theirs" | "closed";

export function replyRight(row: Summary, myIds: readonly (string | undefined)[]): ReplyRight {
  const ours = row.agent !== null && myIds.includes(row.agent.id);
  if (row.status === "offered" && ours) return "asked";
  if (row.status !== "active") return row.status;
  return ours ? "mine" : "theirs";
}

/** Who may take it: whoever is asked, and anyone while nobody is. */
export const mayTake = (right: ReplyRight | null) => right === "queued" || right === "asked";
