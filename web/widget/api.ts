/** The web-chat HTTP API. */

import type { Message, MessagesAnswer, OutgoingMessage, SessionAnswer } from "./protocol";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 15_000;

/** The server answered, and said no. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfterMs: number | null = null,
  ) {
    super(message);
  }

  /** Trying the very same thing again may work. */
  get passing(): boolean {
    return this.status >= 500 || [404, 408, 425, 429].includes(this.status);
  }

  get badToken(): boolean {
    return this.status === 401;
  }
}

export class Api {
  constructor(
    private readonly base: string,
    private readonly fetch: Fetch,
  ) {}

  session(token: string | null): Promise<SessionAnswer> {
    return this.call("POST", "session", null, { token });
  }

  async send(token: string, message: OutgoingMessage): Promise<Message> {
    const answer = await this.call<{ message: Message }>("POST", "messages", token, message);
    return answer.message;
  }

  messages(token: string, after: number, limit: number): Promise<MessagesAnswer> {
    return this.call("GET", `messages?after=${after}&limit=${limit}`, token);
  }

  rate(token: string, conversationId: string, score: number, comment: string): Promise<unknown> {
    const body = { conversation_id: conversationId, score, comment };
    return this.call("POST", "ratings", token, body);
  }

  /** Raises Refusal when the server says no, and whatever fetch raises when there is no answer. */
  private async call<T>(
    method: string,
    path: string,
    token: string | null,
    body?: unknown,
  ): Promise<T> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (token !== null) headers.Authorization = `Bearer ${token}`;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
    try {
      const response = await this.fetch(`${this.base}/api/webchat/${path}`, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: timeout.signal,
        credentials: "omit",
        // A message sent in the moment the page is left still goes out.
        keepalive: method === "POST",
      });
      if (!response.ok) throw await refusal(response);
      return (await response.json()) as T;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function refusal(response: Response): Promise<Refusal> {
  let error: { code?: string; message?: string } | undefined;
  try {
    error = ((await response.json()) as { error?: typeof error }).error;
  } catch {
    // A proxy's error page, say. The status is enough.
  }
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new Refusal(
    response.status,
    error?.code ?? "unknown",
    error?.message ?? `HTTP ${response.status}`,
    Number.isFinite(seconds) ? seconds * 1000 : null,
  );
}
