/** Who is writing: customers, shown here for a while, and the agent, told to the customer. No DOM. */

import { shallowReactive } from "vue";

import type { Timers } from "../shared/timers";

const SHOWN_MS = 5_000;
const TOLD_EVERY_MS = 3_000;
const NOT_TOLD = { id: "", at: 0 };

export interface TypingOptions {
  tell: (conversationId: string) => Promise<unknown>;
  clock: () => number;
  timers: Timers;
}

export function createTyping({ tell, clock, timers }: TypingOptions) {
  /** Conversations whose customer is writing. */
  const shown = shallowReactive(new Map<string, unknown>());
  let told = NOT_TOLD;

  function stop(id: string): void {
    timers.clear(shown.get(id));
    shown.delete(id);
  }

  return {
    shown,
    show(id: string): void {
      timers.clear(shown.get(id));
      shown.set(id, timers.set(() => shown.delete(id), SHOWN_MS));
    },
    stop,
    /** Tell the customer, but not with every key. */
    tell(id: string): void {
      const at = clock();
      if (told.id === id && at - told.at < TOLD_EVERY_MS) return;
      told = { id, at };
      tell(id).catch(() => {});
    },
    /** Our message ended the sign on the customer's side: the next words show it anew. */
    ended(id: string): void {
      if (told.id === id) told = NOT_TOLD;
    },
  };
}
