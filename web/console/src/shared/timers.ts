/** Timers as a parameter, so that tests decide when time passes. */

export interface Timers {
  set(run: () => void, ms: number): unknown;
  clear(handle: unknown): void;
}

export const realTimers: Timers = {
  set: (run, ms) => globalThis.setTimeout(run, ms),
  clear: (handle) => globalThis.clearTimeout(handle as ReturnType<typeof setTimeout>),
};

/**
 * Run at once, then at most once per `gapMs` and never twice at the same time.
 *
 * A request that comes while a run is under way or the gap is open is remembered, so the last
 * state is always fetched.
 */
export function paced(run: () => Promise<void>, gapMs: number, timers: Timers = realTimers) {
  let state: "idle" | "busy" | "resting" = "idle";
  let asked = false;

  async function start(): Promise<void> {
    asked = false;
    state = "busy";
    try {
      await run();
    } finally {
      state = "resting";
      timers.set(() => {
        state = "idle";
        if (asked) void start();
      }, gapMs);
    }
  }

  return (): void => {
    if (state === "idle") void start();
    else asked = true;
  };
}
