/** The desk: lists, live events, presence, and what is selected. No DOM. */

import { computed, reactive, shallowReactive } from "vue";

import type { Api } from "../api";
import { ApiError } from "../api/http";
import type {
  Agent,
  DeskEvent,
  Message,
  Presence,
  Summary,
  TransferTarget,
  View,
  Viewer,
} from "../api/types";
import { describe, type Failure } from "../shared/failure";
import { paced, realTimers, type Timers } from "../shared/timers";
import { createConversations } from "./conversations";
import * as lists from "./lists";
import { noticeOf, type DeskNotice } from "./notices";
import type { LineState } from "./socket";
import { createTyping } from "./typing";

/** The queue must be seen within a second; the bot's list may change with every word. */
const REFRESH_GAP_MS: Record<View, number> = { queue: 250, mine: 250, bot: 2_000, closed: 2_000 };

export interface DeskOptions {
  api: Api["desk"];
  seen: { read(): Record<string, number>; write(seen: Record<string, number>): void };
  newId: () => string;
  /** Told what others did that the person here must know of. */
  onNotice?: (notice: DeskNotice) => void;
  clock?: () => number;
  timers?: Timers;
}

export function createDesk({
  api,
  seen,
  newId,
  onNotice = () => {},
  clock = Date.now,
  timers = realTimers,
}: DeskOptions) {
  const now = () => new Date(clock()).toISOString();
  const conversations = createConversations({ api, newId, now, timers });

  const state = reactive({
    lists: lists.emptyLists(),
    loaded: false,
    /** Of what ended there are older ones than the list shows. */
    moreClosed: false,
    listFailure: null as Failure | null,
    view: "queue" as View,
    selectedId: null as string | null,
    agent: null as Agent | null,
    line: "off" as LineState,
    seen: seen.read(),
  });
  const typing = createTyping({ tell: api.typing, clock, timers });
  const viewers = shallowReactive(new Map<string, Viewer[]>());
  /** Conversations with a whisper that was not looked at yet. */
  const whispered = shallowReactive(new Set<string>());

  const refresh = Object.fromEntries(
    lists.VIEWS.map((view) => [view, paced(() => fetchList(view), REFRESH_GAP_MS[view], timers)]),
  ) as Record<View, () => void>;

  async function fetchList(view: View): Promise<void> {
    try {
      const { conversations: rows } = await api.list(view);
      if (view === "closed") showClosed(lists.withFirstPage(closed(), rows));
      else state.lists[view] = lists.inOrder(view, rows);
      state.loaded = true;
      state.listFailure = null;
      for (const row of rows) conversations.update(row);
      const selected = lists.find(rows, state.selectedId);
      if (selected && isLookedAt()) markSeen(selected);
    } catch (error) {
      state.listFailure = describe(error);
      timers.set(refresh[view], 3_000);
    }
  }

  const closed = (): lists.Paged => ({ rows: state.lists.closed, more: state.moreClosed });

  function showClosed({ rows, more }: lists.Paged): void {
    state.lists.closed = rows;
    state.moreClosed = more;
  }

  /** Read the next page of what ended. */
  async function loadMore(): Promise<void> {
    const { conversations: rows } = await api.list("closed", state.lists.closed.at(-1)?.id);
    showClosed(lists.withNextPage(closed(), rows));
  }

  function refreshAll(): void {
    for (const view of lists.VIEWS) refresh[view]();
    void fetchAgent();
    viewers.clear();
    for (const id of conversations.opened.keys()) {
      if (id === state.selectedId || id === shownElsewhere) void conversations.load(id);
    }
  }

  /** What another page than the desk's shows, such as the supervisor's. */
  let shownElsewhere: string | null = null;

  async function fetchAgent(): Promise<void> {
    try {
      state.agent = (await api.me()).agent;
    } catch (error) {
      // The switch goes on showing the last known state; without one, say why it is missing.
      if (state.agent === null) state.listFailure = describe(error);
    }
  }

  function receive(event: DeskEvent, message?: Message): void {
    const id = event.conversation_id;
    const seq = event.data.seq;
    if (event.type === "message.created" && id && typeof seq === "number") {
      if (message) conversations.hear(id, message);
      else void conversations.catchUp(id, seq);
      if (event.data.author === "contact") typing.stop(id);
      if (event.data.author === "agent") typing.ended(id);
    } else if (event.type.startsWith("message.")) {
      // What became of messages on their way; they themselves are here already.
    } else if (event.type === "agent.presence_changed") {
      if (event.data.agent_id === state.agent?.id) void fetchAgent();
    } else if (id && conversations.get(id)) {
      void conversations.load(id);
    }
    if (id && event.type.startsWith("message.")) conversations.checkReach(id);
    for (const view of lists.viewsTouchedBy(event, state.lists)) refresh[view]();
    const notice = noticeOf(event, state.agent?.id);
    if (notice === null) return;
    if (notice.kind === "whispered" && !(id === state.selectedId && isLookedAt())) {
      whispered.add(notice.conversationId);
    }
    // One has fewer conversations now, unless it was only a word.
    if (notice.kind !== "whispered" && notice.kind !== "presence") void fetchAgent();
    onNotice(notice);
  }

  /** Replaced by the page with `document.hasFocus`: a window in the background reads nothing. */
  let isLookedAt = (): boolean => true;

  function markSeen(row: Summary): void {
    if ((state.seen[row.id] ?? 0) >= row.last_seq) return;
    state.seen[row.id] = row.last_seq;
    seen.write(state.seen);
  }

  async function select(id: string | null): Promise<void> {
    state.selectedId = id;
    if (id === null) return;
    whispered.delete(id);
    seeSelected();
    await conversations.load(id);
  }

  /** Opened by its address, not from a list: show the list it stands in. */
  async function arriveAt(id: string, myIds: readonly (string | undefined)[]): Promise<void> {
    await select(id);
    const summary = conversations.get(id)?.summary;
    if (summary) state.view = lists.viewOf(summary, myIds) ?? state.view;
  }

  function seeSelected(): void {
    const row = lists.findAnywhere(state.lists, state.selectedId);
    if (row) markSeen(row);
    if (state.selectedId) whispered.delete(state.selectedId);
  }

  /** Put a changed conversation where it belongs at once; the lists follow from the server. */
  function moved(summary: Summary): void {
    conversations.update(summary);
    for (const view of lists.VIEWS) refresh[view]();
    void fetchAgent();
  }

  /** @returns null, or the name of the colleague who was first ("" when unknown). */
  async function accept(id: string): Promise<{ takenBy: string } | null> {
    try {
      moved((await api.accept(id)).conversation);
      state.view = "mine";
      return null;
    } catch (error) {
      const first = error instanceof ApiError ? error.code : "";
      if (first !== "conversation_taken" && first !== "conversation_offered") throw error;
      await conversations.load(id);
      for (const view of lists.VIEWS) refresh[view]();
      return { takenBy: conversations.get(id)?.summary?.agent?.name ?? "" };
    }
  }

  async function takeOver(id: string): Promise<void> {
    moved((await api.takeOver(id)).conversation);
    state.view = "mine";
  }

  async function handBack(id: string): Promise<void> {
    moved((await api.handBack(id)).conversation);
  }

  async function transfer(id: string, to: TransferTarget, note: string): Promise<void> {
    moved((await api.transfer(id, to, note)).conversation);
  }

  async function addNote(id: string, text: string): Promise<void> {
    const { note } = await api.addNote(id, text);
    const conversation = conversations.get(id);
    // Its event may have brought it already.
    if (conversation && !conversation.notes.some((known) => known.id === note.id)) {
      conversation.notes = [...conversation.notes, note];
    }
  }

  async function decline(id: string): Promise<void> {
    moved((await api.decline(id)).conversation);
  }

  async function close(id: string): Promise<void> {
    moved((await api.close(id)).conversation);
  }

  /** @param reason why one is away, for colleagues to see. */
  async function setPresence(presence: Presence, reason = ""): Promise<void> {
    state.agent = (await api.setPresence(presence, reason)).agent;
  }

  const rows = computed(() => state.lists[state.view]);

  return {
    state,
    rows,
    typing: typing.shown,
    viewers,
    whispered,
    conversations,
    receive,
    refresh,
    refreshAll,
    loadMore,
    showTyping: typing.show,
    select,
    arriveAt,
    seeSelected,
    accept,
    decline,
    takeOver,
    handBack,
    transfer,
    addNote,
    close,
    setPresence,
    tellTyping: typing.tell,
    selected: computed(() => conversations.get(state.selectedId)),
    neighbour: (step: 1 | -1) => lists.neighbour(rows.value, state.selectedId, step),
    /** Whom else one shares the conversation with, by name. */
    alsoViewing: (id: string) =>
      (viewers.get(id) ?? []).filter((one) => one.id !== state.agent?.id).map((one) => one.name),
    summaryOf: (id: string) =>
      conversations.get(id)?.summary ?? lists.findAnywhere(state.lists, id) ?? null,
    showElsewhere(id: string | null): void {
      shownElsewhere = id;
      if (id !== null) void conversations.load(id);
    },
    isUnread: (row: Summary) => lists.isUnread(row, state.seen[row.id]),
    watchAttention(looking: () => boolean): void {
      isLookedAt = looking;
    },
    reset(): void {
      conversations.clear();
      typing.shown.clear();
      viewers.clear();
      whispered.clear();
      Object.assign(state, {
        lists: lists.emptyLists(),
        loaded: false,
        moreClosed: false,
        listFailure: null,
        view: "queue",
        selectedId: null,
        agent: null,
      });
    },
  };
}

export type Desk = ReturnType<typeof createDesk>;
