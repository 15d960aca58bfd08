/** Who this browser is to the server: one visitor token, shared by all its tabs. */

import { type Api, Refusal } from "./api";
import type { SessionAnswer } from "./protocol";
import type { KeyValue } from "./storage";

const TOKEN_KEY = "frontdoor.token";
const CONTACT_KEY = "frontdoor.contact";

/** The token used was refused and another is in place; ask again with that one. */
export class SessionReplaced extends Error {}

/** Runs one at a time across tabs, so that two tabs opened at once do not become two customers. */
export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>;

export class Session {
  private current: SessionAnswer | null = null;
  private opening: Promise<SessionAnswer> | null = null;
  /** As this tab knows it; another tab may have moved on already. */
  private contactId: string | null;

  constructor(
    private readonly api: Api,
    private readonly storage: KeyValue,
    private readonly exclusive: Exclusive,
    /** Called when the customer is another one than before: nothing known about them holds. */
    private readonly onReplaced: (answer: SessionAnswer) => void,
  ) {
    this.contactId = storage.get(CONTACT_KEY);
  }

  /** This browser has been here before. */
  get isKnown(): boolean {
    return this.storage.get(TOKEN_KEY) !== null;
  }

  get token(): string | null {
    return this.current?.token ?? null;
  }

  get expiresAt(): Date | null {
    return this.current ? new Date(this.current.expires_at) : null;
  }

  open(): Promise<SessionAnswer> {
    if (this.current) return Promise.resolve(this.current);
    return this.ask();
  }

  /** A token that is still good is exchanged for one that lasts longer. */
  async renew(): Promise<void> {
    await this.ask();
  }

  /**
   * Does `call` with the visitor token.
   *
   * Raises SessionReplaced after a token the server no longer takes has been replaced.
   */
  async with<T>(call: (token: string) => Promise<T>): Promise<T> {
    const { token } = await this.open();
    try {
      return await call(token);
    } catch (error) {
      if (!(error instanceof Refusal && error.badToken)) throw error;
      await this.replace(token);
      throw new SessionReplaced();
    }
  }

  async replace(refused: string): Promise<void> {
    // Several requests may be told the same; the first one has seen to it.
    if (this.current && this.current.token !== refused) return;
    this.current = null;
    if (this.storage.get(TOKEN_KEY) === refused) this.storage.remove(TOKEN_KEY);
    await this.ask();
  }

  private ask(): Promise<SessionAnswer> {
    this.opening ??= this.exclusive(() => this.askWithStoredToken()).finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  private async askWithStoredToken(): Promise<SessionAnswer> {
    // Read inside the lock: another tab may just have become somebody.
    const stored = this.storage.get(TOKEN_KEY);
    let answer: SessionAnswer;
    try {
      answer = await this.api.session(stored);
    } catch (error) {
      if (stored === null || !(error instanceof Refusal && error.badToken)) throw error;
      answer = await this.api.session(null);
    }
    this.storage.set(TOKEN_KEY, answer.token);
    this.storage.set(CONTACT_KEY, answer.contact_id);
    const before = this.contactId;
    this.contactId = answer.contact_id;
    this.current = answer;
    if (before !== null && before !== answer.contact_id) this.onReplaced(answer);
    return answer;
  }
}
