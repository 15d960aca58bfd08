/** The conversations opened at this desk: loading, catching up, replying. No DOM. */

import { reactive } from "vue";

import type { Api } from "../api";
import { ApiError } from "../api/http";
import type { Message, Note, Packet, Reach, Summary } from "../api/types";
import { describe, type Failure } from "../shared/failure";
import { paced, realTimers, type Timers } from "../shared/timers";
import * as script from "./transcript";

export interface OpenConversation {
  id: string;
  summary: Summary | null;
  packet: Packet | null;
  notes: readonly Note[];
  /** The customer's other conversations, on any of their accounts, newest first. */
  earlier: readonly Summary[];
  /** What may still be sent, on channels that ration it. */
  reach: Reach | null;
  transcript: script.Transcript;
  /** The reply being written; kept while the agent looks elsewhere. */
  draft: string;
  loading: boolean;
  failure: Failure | null;
}

interface Sync {
  wantedSeq: number;
  running: boolean;
  checkReach: () => void;
}

const RETRY_MS = 3_000;
const REACH_GAP_MS = 500;
/** How many stay in memory: a desk is open for a whole shift. */
const KEPT = 40;

export interface ConversationsOptions {
  api: Api["desk"];
  newId: () => string;
  now: () => string;
  timers?: Timers;
}

export function createConversations(options: ConversationsOptions) {
  const { api, newId, now, timers = realTimers } = options;
  const opened = reactive(new Map<string, OpenConversation>());
  const syncs = new Map<string, Sync>();

  function entry(id: string): OpenConversation {
    let conversation = opened.get(id);
    if (!conversation) {
      opened.set(id, {
        id,
        summary: null,
        packet: null,
        notes: [],
        earlier: [],
        reach: null,
        transcript: script.emptyTranscript(),
        draft: "",
        loading: false,
        failure: null,
      });
      // Read back through the map: changes must go through Vue's proxy to be seen.
      conversation = opened.get(id) as OpenConversation;
      const checkReach = paced(() => fetchReach(id), REACH_GAP_MS, timers);
      syncs.set(id, { wantedSeq: 0, running: false, checkReach });
    }
    return conversation;
  }

  /** Let the first opened go, but none with words that were not sent. */
  function trim(current: string): void {
    for (const { id, draft, transcript } of [...opened.values()]) {
      if (opened.size <= KEPT) return;
      if (id === current || draft !== "" || transcript.pending.length > 0) continue;
      opened.delete(id);
      syncs.delete(id);
    }
  }

  /** Load or reload everything about one conversation; what is already shown stays. */
  async function load(id: string): Promise<void> {
    const conversation = entry(id);
    trim(id);
    conversation.loading = true;
    try {
      const detail = await api.open(id);
      conversation.summary = detail.conversation;
      conversation.packet = detail.packet;
      conversation.notes = detail.notes ?? [];
      conversation.earlier = detail.earlier ?? [];
      conversation.reach = detail.delivery ?? null;
      conversation.transcript = script.withFetched(conversation.transcript, detail.messages);
      conversation.failure = null;
      void catchUp(id, detail.conversation.last_seq);
    } catch (error) {
      conversation.failure = describe(error);
    } finally {
      conversation.loading = false;
    }
  }

  /** Fetch until message `seq` is here. Calls that overlap share one run of fetches. */
  async function catchUp(id: string, seq: number): Promise<void> {
    const conversation = opened.get(id);
    const sync = syncs.get(id);
    if (!conversation || !sync) return;
    sync.wantedSeq = Math.max(sync.wantedSeq, seq);
    if (sync.running) return;
    sync.running = true;
    try {
      while (script.isBehind(conversation.transcript, sync.wantedSeq)) {
        const { messages } = await api.messagesAfter(id, conversation.transcript.syncedTo);
        // Nothing new although something was announced: it was not for this list.
        if (messages.length === 0) break;
        conversation.transcript = script.withFetched(conversation.transcript, messages);
      }
    } catch {
      timers.set(() => void catchUp(id, sync.wantedSeq), RETRY_MS);
    } finally {
      sync.running = false;
    }
  }

  /** A message that came by itself; what is missing before it is fetched. */
  function hear(id: string, message: Message): void {
    const conversation = opened.get(id);
    if (!conversation) return;
    conversation.transcript = script.withStored(conversation.transcript, message);
    void catchUp(id, message.seq);
  }

  async function fetchReach(id: string): Promise<void> {
    const conversation = opened.get(id);
    if (!conversation) return;
    try {
      conversation.reach = (await api.delivery(id)).delivery;
    } catch {
      // What is shown stays; the next event, or the line's return, brings it anew.
    }
  }

  /** A message came, went out or failed: look what may still be sent. */
  function checkReach(id: string): void {
    // A page of ours shows everything at once, and takes as much as we say.
    if (opened.get(id)?.summary?.channel === "webchat") return;
    syncs.get(id)?.checkReach();
  }

  async function send(id: string, text: string): Promise<void> {
    const pending = { clientMessageId: newId(), text, at: now(), failure: null };
    const conversation = entry(id);
    conversation.transcript = script.withPending(conversation.transcript, pending);
    await deliver(id, pending.clientMessageId, text);
  }

  async function retry(id: string, clientMessageId: string): Promise<void> {
    const conversation = entry(id);
    const pending = conversation.transcript.pending.find(
      (p) => p.clientMessageId === clientMessageId,
    );
    if (!pending) return;
    conversation.transcript = script.withRetried(conversation.transcript, clientMessageId);
    await deliver(id, clientMessageId, pending.text);
  }

  async function deliver(id: string, clientMessageId: string, text: string): Promise<void> {
    const conversation = entry(id);
    try {
      const { message } = await api.send(id, clientMessageId, text);
      conversation.transcript = script.withStored(conversation.transcript, message);
      // A customer message between the last one seen and ours is fetched, not skipped.
      void catchUp(id, message.seq);
    } catch (error) {
      const failure = describe(error);
      const { transcript } = conversation;
      conversation.transcript = script.withFailed(transcript, clientMessageId, failure);
      // Refused because the conversation is no longer ours: show how it stands now.
      const status = error instanceof ApiError ? error.status : 0;
      if (status === 403 || status === 409) void load(id);
    }
  }

  function discard(id: string, clientMessageId: string): void {
    const conversation = entry(id);
    conversation.transcript = script.withoutPending(conversation.transcript, clientMessageId);
  }

  return {
    opened,
    load,
    catchUp,
    hear,
    checkReach,
    send,
    retry,
    discard,
    get: (id: string | null) => (id === null ? undefined : opened.get(id)),
    /** A newer summary, from a list or from an action. */
    update(summary: Summary): void {
      const conversation = opened.get(summary.id);
      if (!conversation) return;
      conversation.summary = summary;
      void catchUp(summary.id, summary.last_seq);
    },
    clear(): void {
      opened.clear();
      syncs.clear();
    },
  };
}

export type Conversations = ReturnType<typeof createConversations>;
