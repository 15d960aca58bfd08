/** What the supervisor's page shows, kept fresh by the desk's events. No DOM. */

import { computed, reactive } from "vue";

import type { Api, SupervisionFilter } from "../api";
import type {
  Alert,
  DeskEvent,
  Overview,
  Presence,
  SupervisedAgent,
  Summary,
} from "../api/types";
import { describe, type Failure } from "../shared/failure";
import { paced, realTimers, type Timers } from "../shared/timers";

export type Tab = "conversations" | "agents" | "alerts";

/** With thousands of customers something happens all the time: no part is fetched more often. */
const GAP_MS = 1_000;
/** Waits grow and consoles fall silent without any event. */
const ANYWAY_MS = 10_000;
export const ALERT_HOURS = 12;

export interface SupervisionOptions {
  api: Api["supervision"];
  /** The newest alert that was looked at, remembered by this browser. */
  seen: { read(): number; write(id: number): void };
  timers?: Timers;
}

export const noFilter = (): SupervisionFilter => ({
  status: "",
  team: "",
  agent: "",
  reason: "",
  q: "",
  page: 1,
});

export function createSupervision({ api, seen, timers = realTimers }: SupervisionOptions) {
  const state = reactive({
    tab: "conversations" as Tab,
    filter: noFilter(),
    overview: null as Overview | null,
    rows: [] as Summary[],
    total: 0,
    pageSize: 50,
    /** Until the first page is there. */
    loading: true,
    agents: [] as SupervisedAgent[],
    alerts: [] as Alert[],
    seenAlert: seen.read(),
    failure: null as Failure | null,
  });

  function fetching(work: () => Promise<void>): () => void {
    return paced(
      async () => {
        try {
          await work();
          state.failure = null;
        } catch (error) {
          state.failure = describe(error);
        }
      },
      GAP_MS,
      timers,
    );
  }

  let asked = 0;
  /** The table as the filter stands; a slow answer to an earlier one is passed over. */
  async function fetchRows(): Promise<void> {
    const mine = ++asked;
    const found = await api.conversations({ ...state.filter, q: state.filter.q.trim() });
    if (mine !== asked) return;
    state.rows = found.conversations;
    state.total = found.total;
    state.pageSize = found.page_size;
    state.loading = false;
  }

  const refresh = {
    overview: fetching(async () => void (state.overview = await api.overview())),
    rows: fetching(fetchRows),
    agents: fetching(async () => void (state.agents = (await api.agents()).agents)),
    alerts: fetching(async () => void (state.alerts = (await api.alerts(ALERT_HOURS)).alerts)),
  };

  function refreshAll(): void {
    for (const part of Object.values(refresh)) part();
  }

  /** @param event what happened, or null when anything may have been missed. */
  function receive(event: DeskEvent | null): void {
    if (event === null) return refreshAll();
    for (const part of touchedBy(event)) refresh[part]();
  }

  /** What the person chose must not wait for the pace of events. */
  async function search(): Promise<void> {
    try {
      await fetchRows();
      state.failure = null;
    } catch (error) {
      state.failure = describe(error);
    }
  }

  function narrow(more: Partial<SupervisionFilter>): Promise<void> {
    Object.assign(state.filter, { page: 1 }, more);
    return search();
  }

  let ticking: unknown = null;
  function tick(): void {
    refresh.overview();
    refresh[state.tab === "conversations" ? "rows" : state.tab]();
    ticking = timers.set(tick, ANYWAY_MS);
  }

  return {
    state,
    receive,
    search,
    narrow,
    refreshAll,
    refreshAlerts: refresh.alerts,
    unseen: computed(() => state.alerts.filter((alert) => alert.id > state.seenAlert).length),
    narrowed: computed(() => {
      const { page: _, ...chosen } = state.filter;
      return Object.values(chosen).some((value) => value !== "");
    }),
    seeAlerts(): void {
      state.seenAlert = Math.max(state.seenAlert, ...state.alerts.map((alert) => alert.id));
      seen.write(state.seenAlert);
    },
    async setPresence(id: string, presence: Presence): Promise<void> {
      const { agent } = await api.setPresence(id, presence);
      change(agent.id, agent);
    },
    async setCapacity(id: string, capacity: number): Promise<void> {
      const { agent } = await api.setCapacity(id, capacity);
      change(agent.id, agent);
    },
    start(): void {
      refreshAll();
      ticking = timers.set(tick, ANYWAY_MS);
    },
    stop(): void {
      timers.clear(ticking);
    },
  };

  function change(id: string, more: Partial<SupervisedAgent>): void {
    state.agents = state.agents.map((agent) => (agent.id === id ? { ...agent, ...more } : agent));
  }
}

export type Supervision = ReturnType<typeof createSupervision>;

/** Which parts may look different after this event. */
export function touchedBy(event: DeskEvent): ("overview" | "rows" | "agents" | "alerts")[] {
  const { type } = event;
  if (type === "message.created" || type === "contact.level_changed") return ["rows"];
  if (type === "conversation.requeued") return ["overview", "rows", "agents", "alerts"];
  if (type === "conversation.waited_long") return ["overview", "alerts"];
  if (type.startsWith("conversation.") || type.startsWith("handoff.")) {
    return ["overview", "rows", "agents"];
  }
  return type.startsWith("agent.") ? ["overview", "agents", "alerts"] : [];
}
