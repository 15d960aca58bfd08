/** What the web-chat API and its socket say, as types. Field names are the server's. */

export type Author = "contact" | "bot" | "agent" | "system";

export type ConversationStatus = "bot" | "queued" | "offered" | "active" | "closed";

export interface QuickReply {
  title: string;
}

export interface Message {
  /** Counts up by one for each customer, across conversations. */
  seq: number;
  id: string;
  conversation_id: string;
  author: Author;
  author_name: string | null;
  text: string;
  buttons: QuickReply[];
  data: Record<string, unknown>;
  client_message_id: string | null;
  at: string;
}

export interface CustomerConversation {
  id: string;
  status: ConversationStatus;
  /** Place in the queue: 1 is next. */
  position: number | null;
  /** Minutes it may take until it is their turn; null when nobody can say. */
  wait?: { low: number; high: number } | null;
  agent_name: string | null;
  rated: boolean;
}

export interface SessionAnswer {
  token: string;
  contact_id: string;
  expires_at: string;
  last_seq: number;
}

export interface MessagesAnswer {
  messages: Message[];
  more: boolean;
  conversation: CustomerConversation | null;
}

/** A quick reply is named by the message that offered it and its place there. */
export interface ButtonRef {
  seq: number;
  index: number;
}

export type OutgoingMessage =
  | { client_message_id: string; text: string }
  | { client_message_id: string; button: ButtonRef };

export type ServerFrame =
  | { type: "ready"; conversation: CustomerConversation | null }
  | { type: "message"; message: Message }
  | { type: "typing"; author: "bot" | "agent"; name?: string | null }
  | { type: "conversation"; conversation: CustomerConversation }
  | { type: "pong" }
  | { type: "error"; code: string; message: string };

export type ClientFrame =
  | { type: "hello"; token: string; after: number }
  | { type: "typing" }
  | { type: "ping" };

/** The server closes a socket with this code when the visitor token is no good. */
export const TOKEN_REFUSED = 4401;

/** Characters (code points, as the server counts) one message may have. */
export const MAX_TEXT_LENGTH = 2000;

export function textLength(text: string): number {
  return [...text].length;
}

const FRAME_TYPES = ["ready", "message", "typing", "conversation", "pong", "error"];

/** The frame in a socket's text, or null for what only a newer server would say. */
export function parseFrame(raw: unknown): ServerFrame | null {
  if (typeof raw !== "string") return null;
  try {
    const frame = JSON.parse(raw) as { type?: unknown } | null;
    if (typeof frame !== "object" || frame === null) return null;
    return FRAME_TYPES.includes(String(frame.type)) ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}
