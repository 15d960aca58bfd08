/** What was written and is not yet acknowledged by the server. Survives a reload. Pure. */

import type { ButtonRef, OutgoingMessage } from "./protocol";
import type { KeyValue } from "./storage";

export type DeliveryState =
  /** On its way, or soon tried again. */
  | "sending"
  /** Several tries went wrong; still tried again, and at once when the customer asks. */
  | "failed"
  /** The server will never take it as it is. */
  | "refused";

export interface Pending {
  clientMessageId: string;
  text: string;
  button: ButtonRef | null;
  writtenAt: string;
  place: number;
  state: DeliveryState;
  failures: number;
  /** The server's error code, when refused. */
  refusal: string | null;
}

const PREFIX = "frontdoor.outbox.";
const FAILURES_UNTIL_SHOWN = 3;

export class Outbox {
  private pending: Pending[] = [];

  /** Each message has a key of its own, so that two tabs never overwrite each other's. */
  constructor(private readonly storage: KeyValue) {
    for (const key of storage.keys()) {
      if (!key.startsWith(PREFIX)) continue;
      const kept = parsePending(storage.get(key));
      if (kept) this.pending.push({ ...kept, failures: 0, state: resumed(kept.state) });
    }
    this.pending.sort((a, b) => a.place - b.place);
  }

  all(): readonly Pending[] {
    return this.pending;
  }

  /** The one to send now. A refused one does not hold up those behind it. */
  next(): Pending | null {
    return this.pending.find((p) => p.state !== "refused") ?? null;
  }

  add(clientMessageId: string, text: string, button: ButtonRef | null, now: Date): Pending {
    const last = this.pending[this.pending.length - 1];
    const entry: Pending = {
      clientMessageId,
      text,
      button,
      writtenAt: now.toISOString(),
      // Two messages of one millisecond, or a clock set back, must not change places.
      place: Math.max(now.getTime(), (last?.place ?? 0) + 1),
      state: "sending",
      failures: 0,
      refusal: null,
    };
    this.pending.push(entry);
    this.keep(entry);
    return entry;
  }

  /** Acknowledged, or given up by the customer. */
  drop(clientMessageId: string): Pending | null {
    const dropped = this.find(clientMessageId);
    this.pending = this.pending.filter((p) => p !== dropped);
    this.storage.remove(PREFIX + clientMessageId);
    return dropped;
  }

  failed(clientMessageId: string): void {
    const entry = this.find(clientMessageId);
    if (!entry) return;
    entry.failures += 1;
    if (entry.failures >= FAILURES_UNTIL_SHOWN) entry.state = "failed";
  }

  refused(clientMessageId: string, code: string): void {
    const entry = this.find(clientMessageId);
    if (!entry) return;
    entry.state = "refused";
    entry.refusal = code;
    this.keep(entry);
  }

  retry(clientMessageId: string): void {
    const entry = this.find(clientMessageId);
    if (!entry) return;
    entry.state = "sending";
    entry.failures = 0;
    entry.refusal = null;
    this.keep(entry);
  }

  /** The session is another one now: buttons it never offered are sent as the words they showed. */
  moveToNewSession(): void {
    for (const entry of this.pending) {
      if (!entry.button) continue;
      entry.button = null;
      this.keep(entry);
    }
  }

  private find(clientMessageId: string): Pending | null {
    return this.pending.find((p) => p.clientMessageId === clientMessageId) ?? null;
  }

  private keep(entry: Pending): void {
    this.storage.set(PREFIX + entry.clientMessageId, JSON.stringify(entry));
  }
}

export function asOutgoing(entry: Pending): OutgoingMessage {
  return entry.button
    ? { client_message_id: entry.clientMessageId, button: entry.button }
    : { client_message_id: entry.clientMessageId, text: entry.text };
}

function resumed(state: DeliveryState): DeliveryState {
  return state === "refused" ? "refused" : "sending";
}

function parsePending(raw: string | null): Pending | null {
  try {
    const entry = JSON.parse(raw ?? "null") as Partial<Pending> | null;
    if (!entry || typeof entry.clientMessageId !== "string" || typeof entry.text !== "string") {
      return null;
    }
    return {
      clientMessageId: entry.clientMessageId,
      text: entry.text,
      button: entry.button ?? null,
      writtenAt: entry.writtenAt ?? new Date(0).toISOString(),
      place: entry.place ?? 0,
      state: entry.state ?? "sending",
      failures: 0,
      refusal: entry.refusal ?? null,
    };
  } catch {
    return null;
  }
}
