/** A chat server in memory that can lose answers, go away and come back. */

import { Api } from "../api";
import { Chat } from "../chat";
import type { SocketLike } from "../connection";
import type {
  ClientFrame,
  CustomerConversation,
  Message,
  OutgoingMessage,
  ServerFrame,
} from "../protocol";
import { type KeyValue, MemoryStorage } from "../storage";

export function message(seq: number, more: Partial<Message> = {}): Message {
  return {
    seq,
    id: `m${seq}`,
    conversation_id: "c1",
    author: "bot",
    author_name: null,
    text: `message ${seq}`,
    buttons: [],
    data: {},
    client_message_id: null,
    at: "2025-03-09T06:03:00Z",
    ...more,
  };
}

export class FakeServer {
  /** Every visitor's messages, by token. */
  readonly visitors = new Map<string, Message[]>();
  readonly received: OutgoingMessage[] = [];
  readonly typingHeard: string[] = [];
  readonly ratings: unknown[] = [];
  conversation: CustomerConversation | null = null;
  isDown = false;
  hasSockets = true;
  isWatched = true;
  /** Takes messages, but can neither list nor push them. */
  isDeaf = false;
  /** So many acknowledgements are lost although the message was stored. */
  acksToLose = 0;
  /** Answers to the next messages, instead of taking them. */
  refusals: { status: number; code: string }[] = [];
  requests: string[] = [];
  sockets = new Set<FakeSocket>();
  private issued = 0;

  get token(): string {
    return [...this.visitors.keys()].pop() ?? "";
  }

  get messages(): Message[] {
    return this.visitors.get(this.token) ?? [];
  }

  /** Someone other than the customer writes. */
  write(more: Partial<Message> = {}, loseOnSocket = false): Message {
    const written = message(this.messages.length + 1, more);
    this.messages.push(written);
    if (!loseOnSocket) this.push({ type: "message", message: written });
    return written;
  }

  push(frame: ServerFrame): void {
    for (const socket of this.sockets) socket.hear(frame);
  }

  goDown(): void {
    this.isDown = true;
    for (const socket of [...this.sockets]) socket.drop(1006);
  }

  forgetEveryone(): void {
    this.visitors.clear();
    for (const socket of [...this.sockets]) socket.drop(4401);
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    if (this.isDown) throw new TypeError("network");
    const { pathname, searchParams } = new URL(url);
    const path = `${init.method} ${pathname.replace("/api/webchat/", "")}`;
    this.requests.push(path);
    const body = init.body ? JSON.parse(String(init.body)) : {};
    if (path === "POST session") return this.openSession(body.token);
    const token = new Headers(init.headers).get("Authorization")?.slice("Bearer ".length) ?? "";
    const messages = this.visitors.get(token);
    if (!messages) return error(401, "visitor_token_expired");
    if (path === "POST messages") return this.receive(body, messages);
    if (path === "POST ratings") {
      this.ratings.push(body);
      return json(200, body);
    }
    if (this.isDeaf) return error(500, "internal_error");
    const after = Number(searchParams.get("after"));
    const limit = Number(searchParams.get("limit"));
    const found = messages.filter((m) => m.seq > after);
    return json(200, {
      messages: found.slice(0, limit),
      more: found.length > limit,
      conversation: this.conversation,
    });
  };

  readonly openSocket = (): SocketLike => {
    if (!this.hasSockets) throw new Error("no sockets here");
    return new FakeSocket(this);
  };

  chat(storage: KeyValue = new MemoryStorage()): Chat {
    let ids = 0;
    return new Chat({
      api: new Api("https://chat.test", this.fetch),
      openSocket: this.openSocket,
      storage,
      exclusive: (work) => work(),
      now: () => new Date(),
      newId: () => `id-${Date.now()}-${++ids}`,
      random: () => 0.5,
      isWatched: () => this.isWatched,
    });
  }

  private openSession(token: string | null): Response {
    if (token !== null && !this.visitors.has(token)) return error(401, "visitor_token_invalid");
    const own = token ?? `token-${++this.issued}`;
    if (token === null) this.visitors.set(own, []);
    return json(200, {
      token: own,
      contact_id: `contact-of-${own}`,
      expires_at: new Date(Date.now() + 86_400_000).toISOString(),
      last_seq: this.visitors.get(own)?.length,
    });
  }

  private receive(body: OutgoingMessage, messages: Message[]): Response {
    const refusal = this.refusals.shift();
    if (refusal) return error(refusal.status, refusal.code);
    this.received.push(body);
    const known = messages.find((m) => m.client_message_id === body.client_message_id);
    const stored =
      known ??
      message(messages.length + 1, {
        author: "contact",
        text: "text" in body ? body.text : `button ${body.button.seq}.${body.button.index}`,
        client_message_id: body.client_message_id,
      });
    if (!known) messages.push(stored);
    if (this.acksToLose > 0) {
      this.acksToLose -= 1;
      throw new TypeError("network");
    }
    return json(202, { message: stored, duplicate: known !== undefined });
  }
}

class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(private readonly server: FakeServer) {
    setTimeout(() => (server.isDown || server.isDeaf ? this.drop(1006) : this.onopen?.()), 1);
  }

  send(data: string): void {
    const frame = JSON.parse(data) as ClientFrame;
    if (frame.type === "typing") this.server.typingHeard.push("typing");
    if (frame.type === "ping") this.hear({ type: "pong" });
    if (frame.type !== "hello") return;
    const messages = this.server.visitors.get(frame.token);
    if (!messages) {
      this.drop(4401);
      return;
    }
    this.server.sockets.add(this);
    for (const m of messages) {
      if (m.seq > frame.after) this.hear({ type: "message", message: m });
    }
    this.hear({ type: "ready", conversation: this.server.conversation });
  }

  hear(frame: ServerFrame): void {
    setTimeout(() => this.onmessage?.({ data: JSON.stringify(frame) }), 1);
  }

  drop(code: number): void {
    this.server.sockets.delete(this);
    this.onclose?.({ code });
  }

  close(): void {
    this.server.sockets.delete(this);
  }
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status });
}

function error(status: number, code: string): Response {
  return json(status, { error: { code, message: code } });
}
