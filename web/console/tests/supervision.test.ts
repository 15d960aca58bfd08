import { describe, expect, it } from "vitest";

import type { SupervisionFilter } from "../src/api";
import { ApiError } from "../src/api/http";
import type { Alert, DeskEvent, Overview, SupervisedAgent } from "../src/api/types";
import { noticeOf } from "../src/desk/notices";
import { createSupervision, touchedBy } from "../src/supervision/supervision";
import { patienceOf } from "../src/supervision/waits";
import { aSummary, handTimers, settled } from "./builders";

const standing = { waiting: 0, offered: 0, active: 0, longest_since: null, over: 0 };
const agents = { online: 1, away: 0, offline: 0, load: 0, capacity: 8 };

function anEvent(type: string, more: Partial<DeskEvent> = {}): DeskEvent {
  return { type, conversation_id: "c1", actor: "system", data: {}, at: "", ...more };
}

function anAlert(id: number): Alert {
  return { id, kind: "agent_gone", conversation_id: "c1", contact: null, agent: null, at: "" };
}

/** A page in front of a server that answers when told to. */
function aPage(seenBefore = 0) {
  const timers = handTimers();
  const server = {
    asked: [] as string[],
    filters: [] as SupervisionFilter[],
    total: 0,
    alerts: [] as Alert[],
    /** Answers to the table's questions that are held back, by what was searched. */
    held: new Map<string, () => void>(),
    down: false,
  };
  const remembered: number[] = [];
  const overview: Overview = { ...standing, bot: 0, teams: [], agents };
  const count = (what: string) => {
    server.asked.push(what);
    if (server.down) throw new ApiError("", 0, "network");
  };
  const supervision = createSupervision({
    timers,
    seen: { read: () => seenBefore, write: (id) => remembered.push(id) },
    api: {
      overview: async () => (count("overview"), overview),
      conversations: async (filter) => {
        count("rows");
        server.filters.push({ ...filter });
        if (filter.q === "slow") await new Promise<void>((go) => server.held.set("slow", go));
        const row = aSummary(filter.q || "any");
        return { conversations: [row], total: server.total, page_size: 50 };
      },
      agents: async () => (count("agents"), { agents: [{ id: "lin", capacity: 8 } as SupervisedAgent] }),
      alerts: async () => (count("alerts"), { alerts: server.alerts }),
      setPresence: async (id, presence) => ({
        agent: { id, name: "小林", presence, capacity: 8, active: 0 },
      }),
      setCapacity: async (id, capacity) => ({
        agent: { id, name: "小林", presence: "online", capacity, active: 0 },
      }),
      whisper: () => Promise.reject(new Error("not in this test")),
    },
  });
  return { supervision, server, timers, remembered };
}

describe("the supervisor's page", () => {
  it("asks for each part once a second at most, however much happens", async () => {
    const { supervision, server, timers } = aPage();
    for (let n = 0; n < 100; n++) supervision.receive(anEvent("message.created"));
    await settled();
    expect(server.asked).toEqual(["rows"]);
    await timers.pass(1_000);
    expect(server.asked).toEqual(["rows", "rows"]);
    await timers.pass(5_000);
    expect(server.asked).toHaveLength(2);
  });

  it("looks by itself while it is open, and no longer once it is closed", async () => {
    const { supervision, server, timers } = aPage();
    supervision.start();
    await settled();
    expect(new Set(server.asked)).toEqual(new Set(["overview", "rows", "agents", "alerts"]));
    server.asked.length = 0;
    await timers.pass(10_000);
    expect(server.asked).toEqual(["overview", "rows"]);
    supervision.stop();
    await timers.pass(30_000);
    expect(server.asked).toHaveLength(2);
  });

  it("begins at the first page when the choice becomes narrower", async () => {
    const { supervision, server } = aPage();
    await supervision.narrow({ page: 3 });
    await supervision.narrow({ team: "t1", status: "waiting" });
    expect(server.filters.at(-1)).toMatchObject({ page: 1, team: "t1", status: "waiting" });
    expect(supervision.narrowed.value).toBe(true);
  });

  it("does not put a slow answer to an earlier search over a later one", async () => {
    const { supervision, server } = aPage();
    const slow = supervision.narrow({ q: "slow" });
    await supervision.narrow({ q: "王" });
    server.held.get("slow")?.();
    await slow;
    expect(supervision.state.rows.map((row) => row.id)).toEqual(["王"]);
  });

  it("counts alerts as new until they are looked at, in this browser", async () => {
    const { supervision, server, remembered } = aPage(5);
    server.alerts = [anAlert(7), anAlert(6), anAlert(5)];
    supervision.refreshAlerts();
    await settled();
    expect(supervision.unseen.value).toBe(2);
    supervision.seeAlerts();
    expect([supervision.unseen.value, remembered]).toEqual([0, [7]]);
  });

  it("shows at once what was decided for an agent", async () => {
    const { supervision } = aPage();
    supervision.start();
    await settled();
    await supervision.setPresence("lin", "away");
    expect(supervision.state.agents[0]).toMatchObject({ presence: "away" });
    await supervision.setCapacity("lin", 3);
    expect(supervision.state.agents[0]).toMatchObject({ capacity: 3 });
    supervision.stop();
  });

  it("says when the server cannot be reached, and forgets it when it can", async () => {
    const { supervision, server } = aPage();
    server.down = true;
    await supervision.search();
    expect(supervision.state.failure?.message).toBe("连不上服务器");
    server.down = false;
    await supervision.search();
    expect(supervision.state.failure).toBeNull();
  });

  it("knows which parts an event touches", () => {
    expect(touchedBy(anEvent("conversation.requeued"))).toContain("alerts");
    expect(touchedBy(anEvent("agent.presence_changed"))).toContain("agents");
    expect(touchedBy(anEvent("article.published"))).toEqual([]);
  });
});

describe("a wait", () => {
  const overview = {
    teams: [{ ...standing, id: "t1", name: "宽带组", limit_seconds: 600, online: 1 }],
  } as unknown as Overview;
  const row = (queued_at: string, team: string | null) => ({
    queued_at,
    team: team === null ? null : { id: team, name: "" },
  });
  const noon = Date.parse("2026-01-01T12:00:00Z");

  it.each([
    ["2026-01-01T11:56:00Z", ""],
    ["2026-01-01T11:54:00Z", "long"],
    ["2026-01-01T11:49:00Z", "bad"],
  ])("since %s is %o where ten minutes are the limit", (since, patience) => {
    expect(patienceOf(row(since, "t1"), overview, noon)).toBe(patience);
  });

  it("without a limit is never too long", () => {
    expect(patienceOf(row("2026-01-01T01:00:00Z", null), overview, noon)).toBe("");
  });
});

describe("what others did", () => {
  const by = (actor: string, data: Record<string, unknown>) => ({ actor, data });

  it.each([
    ["conversation.taken_over", by("user:boss", { from_agent: "me" }), "taken_over"],
    ["conversation.transferred", by("user:boss", { from_agent: "me" }), "passed_on"],
    ["conversation.requeued", by("system", { agent_id: "me", cause: "agent_silent" }), "agent_silent"],
    ["conversation.whispered", by("user:boss", { agent_id: "me" }), "whispered"],
    ["agent.presence_changed", by("user:boss", { agent_id: "me", presence: "away" }), "presence"],
  ])("is told: %s", (type, more, kind) => {
    expect(noticeOf(anEvent(type, more), "me")?.kind).toBe(kind);
  });

  it.each([
    ["conversation.taken_over", by("user:boss", { from_agent: "other" })],
    ["conversation.transferred", by("user:me", { from_agent: "me" })],
    ["conversation.requeued", by("system", { agent_id: "me", cause: "not_accepted" })],
    ["conversation.whispered", by("user:boss", { agent_id: "other" })],
    ["agent.presence_changed", by("system", { agent_id: "me", presence: "away" })],
  ])("is no news: %s", (type, more) => {
    expect(noticeOf(anEvent(type, more), "me")).toBeNull();
  });
});
