/** Keeps this browser's copy of the conversation the same as the server's: socket, else polling. */

import { backoffMs } from "./backoff";
import { Connection } from "./connection";
import type {
  CustomerConversation,
  Message,
  MessagesAnswer,
  ServerFrame,
  SessionAnswer,
} from "./protocol";
import { type Session, SessionReplaced } from "./session";
import { MessageStore } from "./store";
import type { World } from "./world";

export interface FeedHandlers {
  /** Messages this browser did not have yet. */
  arrived(messages: Message[]): void;
  typing(author: "bot" | "agent", name: string | null): void;
  /** The server can be reached (again). */
  reachable(): void;
  changed(): void;
}

const HISTORY_AT_START = 60;
const PAGE = 100;
const POLL_EVERY_MS = 3_000;
const POLL_UNWATCHED_EVERY_MS = 15_000;
const GAP_PATIENCE_MS = 400;
const GAP_TRIES = 3;
const BACKOFF = { firstMs: 1_000, maxMs: 20_000 };

export class Feed {
  store = new MessageStore();
  conversation: CustomerConversation | null = null;
  /** The first answer from the server is in: an empty history is really empty. */
  isLoaded = false;
  /** How the last question over HTTP went; null when the answer is still out. */
  private lastPoll: "answered" | "failed" | null = null;
  private readonly connection: Connection;
  private running = false;
  private hasBegun = false;
  private failures = 0;
  private gapTries = 0;
  private syncing: Promise<void> | null = null;
  private polling: Timer;
  private gapTimer: Timer;

  constructor(
    private readonly world: World,
    private readonly session: Session,
    private readonly handlers: FeedHandlers,
  ) {
    this.connection = new Connection(
      world.openSocket,
      {
        hello: () =>
          session.token === null ? null : { token: session.token, after: this.store.resumeAfter },
        frame: (frame) => this.hear(frame),
        changed: () => this.socketChanged(),
        tokenRefused: (token) => void this.replaceSession(token),
      },
      world.random,
    );
  }

  get state(): "connecting" | "online" | "trouble" {
    if (this.connection.isReady || this.lastPoll === "answered") return "online";
    return this.lastPoll === "failed" ? "trouble" : "connecting";
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    void this.poll();
  }

  stop(): void {
    this.running = false;
    this.connection.stop();
    clearTimeout(this.polling);
    clearTimeout(this.gapTimer);
  }

  /** The network may have changed: look now, not when a pause is over. */
  hurry(): void {
    if (!this.running) return;
    this.failures = 0;
    this.connection.hurry();
    if (!this.connection.isReady) void this.poll();
  }

  sayTyping(): boolean {
    if (this.connection.isReady) this.connection.say({ type: "typing" });
    return this.connection.isReady;
  }

  take(messages: readonly Message[]): void {
    const fresh = this.store.add(messages);
    if (this.store.hasGap) this.fillGapIn(GAP_PATIENCE_MS);
    else this.gapTries = 0;
    if (fresh.length > 0) this.handlers.arrived(fresh);
  }

  async loadEarlier(): Promise<void> {
    const upTo = this.store.earlierThan;
    const from = Math.max(0, upTo - HISTORY_AT_START);
    const page = await this.session.with((token) =>
      this.world.api.messages(token, from, upTo - from),
    );
    this.store.addEarlier(page.messages, from);
    this.handlers.changed();
  }

  /** The customer is another one to the server than before: start from that one's history. */
  beginAnew(session: SessionAnswer): void {
    this.conversation = null;
    this.begin(session);
    this.connection.restart();
  }

  /** A long history is not loaded whole: only its end, the rest on request. */
  private begin(session: SessionAnswer): void {
    this.hasBegun = true;
    this.store = new MessageStore(Math.max(0, session.last_seq - HISTORY_AT_START));
  }

  /** Asks over HTTP: at the start, and again and again while there is no socket. */
  private async poll(): Promise<void> {
    clearTimeout(this.polling);
    let pauseMs = this.world.isWatched() ? POLL_EVERY_MS : POLL_UNWATCHED_EVERY_MS;
    try {
      await this.sync();
      this.failures = 0;
      if (this.running) this.connection.start();
      if (this.lastPoll !== "answered") this.handlers.reachable();
      this.lastPoll = "answered";
    } catch (error) {
      if (!(error instanceof SessionReplaced)) {
        this.lastPoll = "failed";
        this.failures += 1;
        pauseMs = backoffMs(this.failures, BACKOFF, this.world.random);
      }
    }
    this.handlers.changed();
    if (!this.connection.isReady) this.pollIn(pauseMs);
  }

  private pollIn(pauseMs: number): void {
    clearTimeout(this.polling);
    if (this.running) this.polling = setTimeout(() => void this.poll(), pauseMs);
  }

  private sync(): Promise<void> {
    this.syncing ??= this.syncNow().finally(() => {
      this.syncing = null;
    });
    return this.syncing;
  }

  private async syncNow(): Promise<void> {
    const session = await this.session.open();
    if (!this.hasBegun) this.begin(session);
    let page: MessagesAnswer;
    do {
      const after = this.store.resumeAfter;
      page = await this.session.with((token) => this.world.api.messages(token, after, PAGE));
      this.take(page.messages);
      // A page that starts with a hole would otherwise be asked for without end.
      if (page.more && this.store.resumeAfter === after) this.store.giveUpOnGaps();
    } while (page.more);
    this.conversation = page.conversation;
    this.isLoaded = true;
  }

  /** The socket usually brings what is missing a moment later; if not, it is fetched. */
  private fillGapIn(ms: number): void {
    clearTimeout(this.gapTimer);
    this.gapTimer = setTimeout(() => void this.fillGap(), ms);
  }

  private async fillGap(): Promise<void> {
    if (!this.store.hasGap || !this.running) return;
    try {
      await this.sync();
      this.gapTries += 1;
      // Asked several times, and the server has nothing there.
      if (this.gapTries >= GAP_TRIES) this.store.giveUpOnGaps();
      this.handlers.changed();
    } catch {
      this.fillGapIn(POLL_EVERY_MS);
      return;
    }
    if (this.store.hasGap) this.fillGapIn(GAP_PATIENCE_MS);
  }

  private hear(frame: ServerFrame): void {
    if (frame.type === "message") {
      this.take([frame.message]);
    } else if (frame.type === "typing") {
      this.handlers.typing(frame.author, frame.name ?? null);
    } else if (frame.type === "ready" || frame.type === "conversation") {
      this.conversation = frame.conversation;
      this.isLoaded = true;
    }
    this.handlers.changed();
  }

  private socketChanged(): void {
    if (this.connection.isReady) {
      clearTimeout(this.polling);
      this.handlers.reachable();
    } else {
      this.lastPoll = null;
      this.pollIn(GAP_PATIENCE_MS);
    }
    this.handlers.changed();
  }

  private async replaceSession(refused: string): Promise<void> {
    try {
      await this.session.replace(refused);
      this.connection.restart();
    } catch {
      // The next poll opens a session, and after it the socket.
      this.connection.stop();
      this.pollIn(backoffMs(1, BACKOFF, this.world.random));
    }
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;
