/** One socket that is kept open: hello, ping, and back again when it is lost. */

import { backoffMs } from "./backoff";
import { type ClientFrame, parseFrame, type ServerFrame, TOKEN_REFUSED } from "./protocol";

/** What we use of a WebSocket. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string): void;
  close(): void;
}

export interface ConnectionHandlers {
  hello(): { token: string; after: number } | null;
  frame(frame: ServerFrame): void;
  /** Called whenever `isReady` changes. */
  changed(): void;
  tokenRefused(token: string): void;
}

const PING_EVERY_MS = 25_000;
const ANSWER_WITHIN_MS = 10_000;
const BACKOFF = { firstMs: 500, maxMs: 20_000 };

export class Connection {
  isReady = false;
  private socket: SocketLike | null = null;
  private running = false;
  private failures = 0;
  private retry: Timer;
  private ping: Timer;
  private deadline: Timer;

  constructor(
    private readonly openSocket: () => SocketLike,
    private readonly handlers: ConnectionHandlers,
    private readonly random: () => number,
  ) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.connect();
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.retry);
    this.letGo();
  }

  /** Says hello again with what `handlers.hello` says now. */
  restart(): void {
    if (!this.running) return;
    this.letGo();
    this.failures = 0;
    this.connect();
  }

  /** The network may be back, or may have gone while the page slept: find out now. */
  hurry(): void {
    if (!this.running) return;
    if (this.isReady) {
      this.say({ type: "ping" });
      this.expectAnswer();
    } else {
      this.restart();
    }
  }

  say(frame: ClientFrame): void {
    try {
      this.socket?.send(JSON.stringify(frame));
    } catch {
      // A socket that cannot send is about to close, and then we reconnect.
    }
  }

  private connect(): void {
    clearTimeout(this.retry);
    const hello = this.handlers.hello();
    if (!hello) return;
    let socket: SocketLike;
    try {
      socket = this.openSocket();
    } catch {
      this.lost();
      return;
    }
    this.socket = socket;
    this.expectAnswer();
    socket.onopen = () => this.say({ type: "hello", ...hello });
    socket.onmessage = (event) => this.hear(parseFrame(event.data));
    socket.onclose = (event) => {
      if (event.code === TOKEN_REFUSED) {
        this.letGo();
        this.handlers.tokenRefused(hello.token);
      } else {
        this.lost();
      }
    };
  }

  private hear(frame: ServerFrame | null): void {
    clearTimeout(this.deadline);
    this.deadline = undefined;
    if (!this.isReady && frame?.type !== "ready") this.expectAnswer();
    if (!frame) return;
    this.handlers.frame(frame);
    if (frame.type === "ready" && !this.isReady) {
      this.isReady = true;
      this.failures = 0;
      this.ping = setInterval(() => {
        this.say({ type: "ping" });
        this.expectAnswer();
      }, PING_EVERY_MS);
      this.handlers.changed();
    }
  }

  /** A socket may be dead without knowing it: the far side has to say something in time. */
  private expectAnswer(): void {
    this.deadline ??= setTimeout(() => this.lost(), ANSWER_WITHIN_MS);
  }

  private lost(): void {
    this.letGo();
    if (!this.running) return;
    this.failures += 1;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), backoffMs(this.failures, BACKOFF, this.random));
  }

  private letGo(): void {
    clearInterval(this.ping);
    clearTimeout(this.deadline);
    this.deadline = undefined;
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    if (this.isReady) {
      this.isReady = false;
      this.handlers.changed();
    }
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;
