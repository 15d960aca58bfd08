/** The customer's conversation: what it knows, what it does, and when it changed. No DOM. */

import { Refusal } from "./api";
import { Feed } from "./feed";
import { asOutgoing, Outbox, type Pending } from "./outbox";
import type { CustomerConversation, Message, SessionAnswer } from "./protocol";
import { Sender } from "./sender";
import { Session } from "./session";
import type { MessageStore } from "./store";
import type { World } from "./world";

export type Link = "idle" | "connecting" | "online" | "trouble";

export interface Typing {
  author: "bot" | "agent";
  name: string | null;
}

const TYPING_SHOWN_MS = 6_000;
const TYPING_TOLD_EVERY_MS = 3_000;
const LONGEST_RENEWAL_MS = 6 * 3_600_000;
const SHORTEST_RENEWAL_MS = 60_000;
const READ_KEY = "frontdoor.read";
const RATED_KEY = "frontdoor.rated";

export class Chat {
  typing: Typing | null = null;
  /** The former session could not be continued; the customer should know why history is gone. */
  wasReplaced = false;
  readonly outbox: Outbox;

  private readonly session: Session;
  private readonly feed: Feed;
  private readonly sender: Sender;
  private listeners: (() => void)[] = [];
  private started = false;
  private isOffline = false;
  private toldTypingAt = 0;
  private typingTimer: Timer;
  private renewal: Timer;

  constructor(private readonly world: World) {
    const changed = () => this.changed();
    this.outbox = new Outbox(world.storage);
    this.session = new Session(world.api, world.storage, world.exclusive, (answer) =>
      this.beginAnew(answer),
    );
    this.sender = new Sender(
      this.outbox,
      {
        send: (entry) =>
          this.session.with((token) => world.api.send(token, asOutgoing(entry))),
        acknowledged: (message) => this.feed.take([message]),
        // What can be sent can also be heard: no need to wait out a pause.
        recovered: () => this.feed.hurry(),
        changed,
      },
      world.random,
    );
    this.feed = new Feed(world, this.session, {
      arrived: (messages) => this.arrived(messages),
      typing: (author, name) => this.showTyping({ author, name }),
      reachable: () => {
        this.planRenewal();
        this.sender.hurry();
      },
      changed,
    });
  }

  subscribe(listener: () => void): void {
    this.listeners.push(listener);
  }

  get store(): MessageStore {
    return this.feed.store;
  }

  get conversation(): CustomerConversation | null {
    return this.feed.conversation;
  }

  get isLoaded(): boolean {
    return this.feed.isLoaded;
  }

  get link(): Link {
    if (!this.started) return "idle";
    if (this.isOffline || this.outbox.all().some((p) => p.state === "failed")) return "trouble";
    return this.feed.state;
  }

  get unread(): number {
    return this.store.unreadAfter(this.lastRead);
  }

  /** There is something to come back to: a session, or words that never got through. */
  get isWorthResuming(): boolean {
    return this.session.isKnown || this.outbox.all().length > 0;
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    this.feed.start();
    this.changed();
  }

  stop(): void {
    this.started = false;
    this.feed.stop();
    this.sender.stop();
    clearTimeout(this.typingTimer);
    clearTimeout(this.renewal);
  }

  /** The page is looked at again, or the network says it is back. */
  hurry(): void {
    if (!this.started) return;
    this.feed.hurry();
    this.sender.hurry();
  }

  networkIs(online: boolean): void {
    this.isOffline = !online;
    this.changed();
    if (online) this.hurry();
  }

  say(text: string): void {
    this.put(text, null);
  }

  press(message: Message, index: number): void {
    const title = message.buttons[index]?.title;
    if (title !== undefined) this.put(title, { seq: message.seq, index });
  }

  retry(clientMessageId: string): void {
    this.outbox.retry(clientMessageId);
    this.changed();
    this.hurry();
  }

  /** Takes a message that was not sent out of the conversation; its words are given back. */
  takeBack(clientMessageId: string): string {
    const entry = this.outbox.drop(clientMessageId);
    this.changed();
    return entry?.text ?? "";
  }

  tellTyping(): void {
    const now = this.world.now().getTime();
    if (now - this.toldTypingAt < TYPING_TOLD_EVERY_MS) return;
    if (this.feed.sayTyping()) this.toldTypingAt = now;
  }

  markRead(): void {
    if (!this.isLoaded || this.store.highest === this.lastRead) return;
    this.world.storage.set(READ_KEY, String(this.store.highest));
    this.changed();
  }

  loadEarlier(): Promise<void> {
    return this.feed.loadEarlier();
  }

  async rate(conversationId: string, score: number, comment: string): Promise<void> {
    try {
      await this.session.with((token) =>
        this.world.api.rate(token, conversationId, score, comment),
      );
    } catch (error) {
      // Rated in another tab, say: to the customer that is as good as done.
      if (!(error instanceof Refusal && error.code === "already_rated")) throw error;
    }
    this.world.storage.set(RATED_KEY, conversationId);
    this.changed();
  }

  isRated(conversationId: string): boolean {
    if (this.world.storage.get(RATED_KEY) === conversationId) return true;
    return this.conversation?.id === conversationId && this.conversation.rated;
  }

  private get lastRead(): number {
    return Number(this.world.storage.get(READ_KEY) ?? 0);
  }

  private put(text: string, button: Pending["button"]): void {
    this.wasReplaced = false;
    this.outbox.add(this.world.newId(), text, button, this.world.now());
    // A message ends the sign of typing on the other side: the next words show it anew.
    this.toldTypingAt = 0;
    this.start();
    this.changed();
    this.sender.hurry();
  }

  private arrived(messages: Message[]): void {
    for (const message of messages) {
      if (message.client_message_id) this.outbox.drop(message.client_message_id);
      if (message.author !== "contact") this.showTyping(null);
    }
    this.changed();
  }

  private beginAnew(session: SessionAnswer): void {
    this.wasReplaced = true;
    this.world.storage.remove(READ_KEY);
    this.outbox.moveToNewSession();
    this.feed.beginAnew(session);
    this.changed();
  }

  private showTyping(typing: Typing | null): void {
    clearTimeout(this.typingTimer);
    this.typing = typing;
    if (!typing) return;
    this.typingTimer = setTimeout(() => {
      this.typing = null;
      this.changed();
    }, TYPING_SHOWN_MS);
  }

  /** Renewed at half its life, so that a page left open for days stays the same customer. */
  private planRenewal(): void {
    clearTimeout(this.renewal);
    const left = (this.session.expiresAt?.getTime() ?? 0) - this.world.now().getTime();
    const wait = Math.min(Math.max(left / 2, SHORTEST_RENEWAL_MS), LONGEST_RENEWAL_MS);
    this.renewal = setTimeout(() => {
      const again = () => this.planRenewal();
      this.session.renew().then(again, again);
    }, wait);
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;
