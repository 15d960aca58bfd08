import type { Message, Reach, Summary } from "../src/api/types";

export function aMessage(seq: number, more: Partial<Message> = {}): Message {
  return {
    seq,
    id: `m${seq}`,
    conversation_id: "c1",
    author: "contact",
    author_name: null,
    text: `第 ${seq} 条`,
    buttons: [],
    data: {},
    client_message_id: null,
    at: new Date(Date.UTC(2026, 0, 1, 2, 0, seq)).toISOString(),
    ...more,
  };
}

export function aSummary(id: string, more: Partial<Summary> = {}): Summary {
  return {
    id,
    status: "queued",
    channel: "webchat",
    contact: { id: `contact-${id}`, name: null, phone: null, level: "" },
    reason: null,
    summary: null,
    priority: null,
    queued_at: null,
    position: null,
    agent: null,
    last_message: null,
    last_seq: 0,
    updated_at: "2026-01-01T02:00:00Z",
    ...more,
  };
}

export function aReach(more: Partial<Reach> = {}): Reach {
  return {
    left: 5,
    of: 5,
    until: "2026-01-03T02:00:00Z",
    subscribed: true,
    waiting: [],
    not_sent: [],
    ...more,
  };
}

/** Time that passes only when told to. */
export function handTimers() {
  let now = 0;
  let due: { at: number; run: () => void }[] = [];
  return {
    set(run: () => void, ms: number): unknown {
      const timer = { at: now + ms, run };
      due.push(timer);
      return timer;
    },
    clear(handle: unknown): void {
      due = due.filter((timer) => timer !== handle);
    },
    async pass(ms: number): Promise<void> {
      const until = now + ms;
      for (;;) {
        const next = due.filter((t) => t.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        now = next.at;
        due = due.filter((timer) => timer !== next);
        next.run();
        await settled();
      }
      now = until;
    },
    now: () => now,
    waiting: () => due.map((timer) => timer.at - now),
  };
}

/** Let promises that are already decided run their course. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
