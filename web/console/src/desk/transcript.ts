/**
 * The messages of one conversation, without gaps or doubles.
 *
 * `syncedTo` is the highest number up to which everything is known. The answer to our own send
 * does not move it past a customer message we have not fetched yet; only a fetch does.
 */

import type { Author, Message, Note } from "../api/types";
import type { Failure } from "../shared/failure";

/** A reply of ours that the server has not confirmed. */
export interface Pending {
  clientMessageId: string;
  text: string;
  at: string;
  failure: Failure | null;
}

export interface Transcript {
  messages: Message[];
  syncedTo: number;
  pending: Pending[];
}

export const emptyTranscript = (): Transcript => ({ messages: [], syncedTo: 0, pending: [] });

/** What a fetch of everything after `syncedTo` brought. */
export function withFetched(transcript: Transcript, fetched: Message[]): Transcript {
  const merged = merge(transcript, fetched);
  const highest = fetched.reduce((seq, message) => Math.max(seq, message.seq), 0);
  return { ...merged, syncedTo: Math.max(transcript.syncedTo, highest) };
}

/** What the server made of our own reply. */
export function withStored(transcript: Transcript, stored: Message): Transcript {
  const merged = merge(transcript, [stored]);
  return stored.seq === transcript.syncedTo + 1 ? { ...merged, syncedTo: stored.seq } : merged;
}

export function withPending(transcript: Transcript, pending: Pending): Transcript {
  const others = transcript.pending.filter((p) => p.clientMessageId !== pending.clientMessageId);
  return { ...transcript, pending: [...others, pending] };
}

/** The same reply, same id, on its way again: the server stores it once. */
export function withRetried(transcript: Transcript, clientMessageId: string): Transcript {
  return updatePending(transcript, clientMessageId, null);
}

export function withFailed(
  transcript: Transcript,
  clientMessageId: string,
  failure: Failure,
): Transcript {
  return updatePending(transcript, clientMessageId, failure);
}

export function withoutPending(transcript: Transcript, clientMessageId: string): Transcript {
  return {
    ...transcript,
    pending: transcript.pending.filter((p) => p.clientMessageId !== clientMessageId),
  };
}

export function isBehind(transcript: Transcript, seq: number): boolean {
  return seq > transcript.syncedTo;
}

function merge(transcript: Transcript, incoming: Message[]): Transcript {
  const byId = new Map(transcript.messages.map((message) => [message.id, message]));
  for (const message of incoming) byId.set(message.id, message);
  const confirmed = new Set(incoming.map((message) => message.client_message_id));
  return {
    ...transcript,
    messages: [...byId.values()].sort((a, b) => a.seq - b.seq),
    pending: transcript.pending.filter((p) => !confirmed.has(p.clientMessageId)),
  };
}

function updatePending(
  transcript: Transcript,
  clientMessageId: string,
  failure: Failure | null,
): Transcript {
  return {
    ...transcript,
    pending: transcript.pending.map((p) =>
      p.clientMessageId === clientMessageId ? { ...p, failure } : p,
    ),
  };
}

/** What stands in the transcript: a message, or a supervisor's whisper among them. */
export type Line = Omit<Message, "author"> & { author: Author | "whisper" };

/** The messages with the whispers where they were said. */
export function withWhispers(messages: readonly Message[], notes: readonly Note[]): Line[] {
  const whispers = notes.filter((note) => note.kind === "whisper").map(asLine);
  // Both are in order already, and sorting keeps that of what came at the same time.
  return whispers.length === 0
    ? [...messages]
    : [...messages, ...whispers].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function asLine(note: Note): Line {
  return {
    seq: 0,
    id: note.id,
    conversation_id: "",
    author: "whisper",
    author_name: note.author_name,
    text: note.text,
    client_message_id: null,
    at: note.at,
  };
}

export interface Block {
  key: string;
  /** Set on the first block of a day. */
  day: string | null;
  author: Line["author"];
  authorName: string | null;
  messages: Line[];
}

const GROUP_WITHIN_MS = 3 * 60_000;

/** Neighbouring messages of one author, so that a name and a time are shown once. */
export function inBlocks(messages: readonly Line[], dayOf: (at: string) => string): Block[] {
  const blocks: Block[] = [];
  let day = "";
  for (const message of messages) {
    const itsDay = dayOf(message.at);
    const block = blocks.at(-1);
    if (block && itsDay === day && continues(block, message)) {
      block.messages.push(message);
      continue;
    }
    blocks.push({
      key: message.id,
      day: itsDay === day ? null : itsDay,
      author: message.author,
      authorName: message.author_name,
      messages: [message],
    });
    day = itsDay;
  }
  return blocks;
}

function continues(block: Block, message: Line): boolean {
  const last = block.messages.at(-1);
  return (
    last !== undefined &&
    message.author !== "system" &&
    block.author === message.author &&
    block.authorName === message.author_name &&
    Date.parse(message.at) - Date.parse(last.at) < GROUP_WITHIN_MS
  );
}
