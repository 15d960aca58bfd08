/** Sends the outbox, one message after the other, until each has been acknowledged. */

import { Refusal } from "./api";
import { backoffMs } from "./backoff";
import type { Outbox, Pending } from "./outbox";
import type { Message } from "./protocol";
import { SessionReplaced } from "./session";

const BACKOFF = { firstMs: 1_000, maxMs: 30_000 };

export interface SenderHandlers {
  send(entry: Pending): Promise<Message>;
  acknowledged(message: Message): void;
  /** A message got through that had failed before. */
  recovered(): void;
  /** An entry's state changed. */
  changed(): void;
}

export class Sender {
  private busy = false;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private replaced = 0;

  constructor(
    private readonly outbox: Outbox,
    private readonly handlers: SenderHandlers,
    private readonly random: () => number,
  ) {}

  /** Something is there to send, or a pause is no longer worth waiting for. */
  hurry(): void {
    clearTimeout(this.waiting);
    if (!this.busy) void this.run();
  }

  stop(): void {
    clearTimeout(this.waiting);
  }

  private async run(): Promise<void> {
    this.busy = true;
    let pauseMs: number | null = null;
    for (let entry = this.outbox.next(); entry && pauseMs === null; entry = this.outbox.next()) {
      pauseMs = await this.deliver(entry);
    }
    this.busy = false;
    if (pauseMs !== null) this.waiting = setTimeout(() => this.hurry(), pauseMs);
  }

  /** Returns how long to pause before the next try, or null to go on at once. */
  private async deliver(entry: Pending): Promise<number | null> {
    try {
      const message = await this.handlers.send(entry);
      this.replaced = 0;
      this.outbox.drop(entry.clientMessageId);
      this.handlers.acknowledged(message);
      if (entry.failures > 0) this.handlers.recovered();
      this.handlers.changed();
      return null;
    } catch (error) {
      if (error instanceof SessionReplaced && ++this.replaced < 2) return null;
      if (error instanceof Refusal && !error.passing && !error.badToken) {
        this.outbox.refused(entry.clientMessageId, error.code);
        this.handlers.changed();
        return null;
      }
      this.outbox.failed(entry.clientMessageId);
      this.handlers.changed();
      const asked = error instanceof Refusal ? (error.retryAfterMs ?? 0) : 0;
      return Math.max(asked, backoffMs(entry.failures, BACKOFF, this.random));
    }
  }
}
