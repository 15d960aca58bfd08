/** The customer's messages as this browser knows them: in order, once each, holes noticed. Pure. */

import type { Message } from "./protocol";

export class MessageStore {
  private bySeq = new Map<number, Message>();
  private sorted: Message[] | null = null;
  private from: number;
  private known: number;

  /** Holds messages after `from`; what came earlier is fetched when the customer scrolls up. */
  constructor(from = 0) {
    this.from = from;
    this.known = from;
  }

  /** Everything up to this number is here (or older than what was asked for): resume from it. */
  get resumeAfter(): number {
    return this.known;
  }

  /** The number before the oldest message asked for; 0 when nothing older exists. */
  get earlierThan(): number {
    return this.from;
  }

  get highest(): number {
    const all = this.all();
    return all[all.length - 1]?.seq ?? this.from;
  }

  /** A message is here whose predecessor is not. */
  get hasGap(): boolean {
    return this.highest > this.known;
  }

  /** Takes messages in any order, also twice; returns those that were new. */
  add(messages: readonly Message[]): Message[] {
    const fresh: Message[] = [];
    for (const message of messages) {
      if (this.bySeq.has(message.seq)) continue;
      this.bySeq.set(message.seq, message);
      fresh.push(message);
    }
    if (fresh.length > 0) this.sorted = null;
    while (this.bySeq.has(this.known + 1)) this.known += 1;
    return fresh;
  }

  /** A page of older messages, which starts after `from`. */
  addEarlier(messages: readonly Message[], from: number): Message[] {
    this.from = Math.min(this.from, from);
    return this.add(messages);
  }

  /** The server was asked and has nothing for the holes that are left: stop waiting for them. */
  giveUpOnGaps(): void {
    this.known = Math.max(this.known, this.highest);
  }

  /** In order of their numbers. */
  all(): readonly Message[] {
    this.sorted ??= [...this.bySeq.values()].sort((a, b) => a.seq - b.seq);
    return this.sorted;
  }

  /** How many the customer has not seen, of those written by others. */
  unreadAfter(seq: number): number {
    return this.all().filter((m) => m.seq > seq && m.author !== "contact").length;
  }

  /** What who waits may do instead: the latest word about the queue says it, however long ago. */
  waitingOffer(): Message | null {
    const told = this.all().filter((m) => m.author === "system" && m.data.kind === "queued");
    return told.at(-1) ?? null;
  }

  /**
   * The message whose quick replies can still be pressed: the latest one of the bot that has any,
   * as long as the customer has said nothing since.
   */
  offer(): Message | null {
    const all = this.all();
    for (let i = all.length - 1; i >= 0; i--) {
      const message = all[i]!;
      if (message.author === "contact" || message.author === "agent") return null;
      if (message.author === "bot" && message.buttons.length > 0) return message;
    }
    return null;
  }
}
