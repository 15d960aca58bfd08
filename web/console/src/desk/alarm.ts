/** When the desk calls for attention. Pure: sound, title and notices are made elsewhere. */

import type { Presence, Summary } from "../api/types";

export const RING_EVERY_MS = 8_000;

export interface Attention {
  /** Conversations that were not waiting before. */
  arrived: Summary[];
  waiting: Set<string>;
}

export function attention(queue: Summary[], knownWaiting: ReadonlySet<string>): Attention {
  return {
    arrived: queue.filter((row) => !knownWaiting.has(row.id)),
    waiting: new Set(queue.map((row) => row.id)),
  };
}

/** Only who can accept is rung for, and again and again until the queue is empty. */
export function shouldRing(waiting: number, presence: Presence | undefined, muted: boolean) {
  return waiting > 0 && presence === "online" && !muted;
}

export function titleFor(base: string, waiting: number): string {
  return waiting > 0 ? `(${waiting}) ${base}` : base;
}
