/**
 * The desk's live line: says hello with the last cursor, hands every event on in order, and comes
 * back by itself with growing pauses.
 */

import type { DeskEvent, Message, Viewer } from "../api/types";
import { realTimers, type Timers } from "../shared/timers";

export type LineState = "off" | "connecting" | "open" | "waiting";

export interface Line {
  send(data: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((frame: { data: unknown }) => void) | null;
  onclose: ((closed: { code: number }) => void) | null;
}

export interface SocketOptions {
  connect: () => Line;
  onState: (state: LineState) => void;
  /** After every (re)connect: whatever was shown may be out of date. */
  onReady: () => void;
  /** With the message the event is about, where it comes along. */
  onEvent: (event: DeskEvent, message?: Message) => void;
  onTyping: (conversationId: string) => void;
  /** Who has the conversation open that is shown here, oneself included. */
  onViewing: (conversationId: string, viewers: Viewer[]) => void;
  onSignedOut: () => void;
  /** A line ended before it was ready: a browser does not tell a refusal from a lost network. */
  onRefused: () => void;
  timers?: Timers;
  random?: () => number;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const PING_EVERY_MS = 25_000;
/** A line that is silent this long after a ping is dead, whatever the browser thinks. */
const PONG_WITHIN_MS = 10_000;
const SIGNED_OUT = 4401;

interface Frame {
  type: string;
  cursor?: string | null;
  event?: DeskEvent;
  message?: Message;
  conversation_id?: string;
  viewers?: Viewer[];
}

export function createSocket(options: SocketOptions) {
  const { timers = realTimers, random = Math.random } = options;
  let line: Line | null = null;
  let cursor: string | null = null;
  let failures = 0;
  let wanted = false;
  let ready = false;
  let timer: unknown = null;
  let shown: string | null = null;

  function later(run: () => void, ms: number): void {
    timers.clear(timer);
    timer = timers.set(run, ms);
  }

  function connect(): void {
    timers.clear(timer);
    ready = false;
    options.onState("connecting");
    const mine = options.connect();
    line = mine;
    // An old line's late frames must not be taken for the new line's.
    mine.onopen = () => {
      if (line !== mine) return;
      mine.send(JSON.stringify({ type: "hello", cursor }));
      expectAnswer(mine);
    };
    mine.onmessage = ({ data }) => line === mine && receive(mine, data);
    mine.onclose = ({ code }) => line === mine && lost(code);
  }

  function receive(from: Line, data: unknown): void {
    keepAlive(from);
    const frame = parse(data);
    if (frame === null) return;
    if (frame.type === "ready") {
      failures = 0;
      ready = true;
      // Replayed events bring their own cursors; only a first hello takes this one.
      cursor ??= frame.cursor ?? null;
      options.onState("open");
      if (shown !== null) tellShown();
      options.onReady();
    } else if (frame.type === "event" && frame.event) {
      cursor = frame.cursor ?? cursor;
      options.onEvent(frame.event, frame.message);
    } else if (frame.type === "typing" && frame.conversation_id) {
      options.onTyping(frame.conversation_id);
    } else if (frame.type === "viewing" && frame.conversation_id) {
      options.onViewing(frame.conversation_id, frame.viewers ?? []);
    }
  }

  function tellShown(): void {
    line?.send(JSON.stringify({ type: "viewing", conversation_id: shown }));
  }

  function keepAlive(mine: Line): void {
    later(() => {
      mine.send(JSON.stringify({ type: "ping" }));
      expectAnswer(mine);
    }, PING_EVERY_MS);
  }

  function expectAnswer(mine: Line): void {
    later(() => {
      if (line !== mine) return;
      lost(0);
      mine.close();
    }, PONG_WITHIN_MS);
  }

  function lost(code: number): void {
    line = null;
    timers.clear(timer);
    if (code === SIGNED_OUT) {
      wanted = false;
      options.onState("off");
      options.onSignedOut();
      return;
    }
    if (!wanted) return;
    options.onState("waiting");
    if (!ready) options.onRefused();
    if (wanted) later(connect, pauseAfter(failures++, random()));
  }

  return {
    open(): void {
      if (wanted) return;
      wanted = true;
      failures = 0;
      connect();
    },
    /** Say which conversation is on the screen, for colleagues to see. */
    show(conversationId: string | null): void {
      if (shown === conversationId) return;
      shown = conversationId;
      if (ready) tellShown();
    },
    /** The network is back: do not sit out the pause. */
    nudge(): void {
      if (wanted && line === null) connect();
    },
    close(): void {
      wanted = false;
      timers.clear(timer);
      const old = line;
      line = null;
      cursor = null;
      old?.close();
      options.onState("off");
    },
  };
}

/** Doubling pauses with jitter, so that a restart does not bring everyone back at once. */
export function pauseAfter(failures: number, random: number): number {
  const full = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
  return full / 2 + (full / 2) * random;
}

function parse(data: unknown): Frame | null {
  try {
    const frame = JSON.parse(String(data));
    return typeof frame?.type === "string" ? frame : null;
  } catch {
    return null;
  }
}
