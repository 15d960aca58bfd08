/** What may still be sent to a customer whose channel rations it. Pure. */

import type { Reach } from "../api/types";

/** How it stands: enough, nearly used up, used up, or the customer cannot be reached at all. */
export type Standing = "calm" | "low" | "spent" | "gone";

const FEW = 2;
const SOON_MS = 60 * 60_000;

export function standingOf(reach: Reach, now: number): Standing {
  if (!reach.subscribed) return "gone";
  const left = reach.until === null ? 0 : Date.parse(reach.until) - now;
  if (reach.left === 0 || left <= 0) return "spent";
  return reach.left <= FEW || left < SOON_MS ? "low" : "calm";
}

/** What is to be said of one of our messages, as long as it has not surely arrived. */
export interface Mark {
  kind: "sending" | "held" | "failed" | "unclear";
  advice: string | null;
}

export function markOf(reach: Reach | null, seq: number, now: number): Mark | null {
  if (reach === null) return null;
  if (reach.waiting.includes(seq)) {
    const standing = standingOf(reach, now);
    const goes = standing === "calm" || standing === "low";
    return { kind: goes ? "sending" : "held", advice: null };
  }
  const lost = reach.not_sent.find((each) => each.seq === seq);
  return lost ? { kind: lost.status, advice: lost.advice } : null;
}
