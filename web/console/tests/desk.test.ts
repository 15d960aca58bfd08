import { describe, expect, it } from "vitest";

import { ApiError } from "../src/api/http";
import type { Agent, Message, Summary, View } from "../src/api/types";
import { createDesk } from "../src/desk/desk";
import { PAGE, viewOf } from "../src/desk/lists";
import { aMessage, aReach, aSummary, handTimers, settled } from "./builders";

const ME = { id: "me", name: "王晓雯" };

/** A desk in front of a server that holds any number of conversations. */
function aDesk(...rows: Summary[]) {
  const timers = handTimers();
  const server = {
    rows: new Map(rows.map((row) => [row.id, row])),
    messages: [] as Message[],
    calls: [] as string[],
    agent: { ...ME, presence: "online", capacity: 5, active: 0 } as Agent,
    change(id: string, more: Partial<Summary>): Summary {
      const row = { ...(server.rows.get(id) ?? aSummary(id)), ...more };
      server.rows.set(id, row);
      return row;
    },
  };
  const seen: Record<string, number>[] = [];
  const row = (id: string) => server.rows.get(id) as Summary;
  const desk = createDesk({
    timers,
    clock: timers.now,
    newId: () => "id",
    seen: { read: () => ({}), write: (all) => seen.push({ ...all }) },
    api: {
      me: async () => ({ agent: { ...server.agent } }),
      setPresence: async (presence, reason) => {
        Object.assign(server.agent, { presence, away_reason: reason });
        return { agent: { ...server.agent } };
      },
      list: async (view: View, before?: string) => {
        server.calls.push(before ? `${view} before ${before}` : view);
        const rows = [...server.rows.values()].filter((r) => viewOf(r, ["me"]) === view);
        const from = before ? rows.findIndex((r) => r.id === before) + 1 : 0;
        return { conversations: rows.slice(from, from + PAGE) };
      },
      open: async (id) => {
        server.calls.push(`open ${id}`);
        return { conversation: row(id), packet: null, messages: server.messages };
      },
      messagesAfter: async (id, after) => {
        server.calls.push(`messages ${id}`);
        return { messages: server.messages.filter((m) => m.seq > after) };
      },
      accept: async (id) => {
        if (row(id).status === "active") throw new ApiError("", 409, "conversation_taken");
        return { conversation: server.change(id, { status: "active", agent: ME }) };
      },
      takeOver: async (id) => ({
        conversation: server.change(id, { status: "active", agent: ME }),
      }),
      handBack: async (id) => ({ conversation: server.change(id, { status: "bot", agent: null }) }),
      transfer: async (id, to) => ({
        conversation: server.change(
          id,
          "agent_id" in to
            ? { status: "offered", agent: { id: to.agent_id, name: "周凯" } }
            : { status: "queued", agent: null, team: { id: to.team_id, name: "宽带组" } },
        ),
      }),
      addNote: async (_id, text) => ({ note: { id: "n1", author_name: ME.name, text, at: "" } }),
      colleagues: async () => ({ agents: [], teams: [] }),
      phone: () => Promise.reject(new Error("not in this test")),
      numbers: () => Promise.reject(new Error("not in this test")),
      attachments: () => Promise.reject(new Error("not in this test")),
      delivery: async (id) => {
        server.calls.push(`delivery ${id}`);
        return { delivery: aReach() };
      },
      decline: async (id) => ({
        conversation: server.change(id, { status: "queued", agent: null, offered_until: null }),
      }),
      send: () => Promise.reject(new Error("not in this test")),
      close: async (id) => ({ conversation: server.change(id, { status: "closed" }) }),
      typing: async (id) => void server.calls.push(`typing ${id}`),
    },
  });
  const hear = (type: string, conversation_id: string | null, data = {}, message?: Message) =>
    desk.receive({ type, conversation_id, actor: null, data, at: "" }, message);
  return { desk, server, timers, seen, hear };
}

const ids = (rows: Summary[]) => rows.map((row) => row.id);

describe("the desk", () => {
  it("shows a customer who starts to wait within a second", async () => {
    const { desk, server, timers, hear } = aDesk();
    desk.refreshAll();
    await settled();
    server.change("c1", { status: "queued" });
    hear("conversation.queued", "c1");
    await timers.pass(1_000);
    expect(ids(desk.state.lists.queue)).toEqual(["c1"]);
  });

  it("shows a message of the open conversation without loading everything again", async () => {
    const { desk, server, hear } = aDesk(aSummary("c1", { status: "active", agent: ME }));
    await desk.select("c1");
    server.messages.push(aMessage(1));
    hear("message.created", "c1", { seq: 1, author: "contact" });
    await settled();
    expect(desk.selected.value?.transcript.messages.map((m) => m.seq)).toEqual([1]);
    expect(server.calls.filter((call) => call.startsWith("open"))).toEqual(["open c1"]);
  });

  it("shows a message that came with its event without asking for it", async () => {
    const { desk, server, hear } = aDesk(aSummary("c1", { status: "active", agent: ME }));
    await desk.select("c1");
    hear("message.created", "c1", { seq: 1, author: "contact" }, aMessage(1));
    await settled();
    expect(desk.selected.value?.transcript.messages.map((m) => m.seq)).toEqual([1]);
    expect(server.calls.filter((call) => call.startsWith("messages"))).toEqual([]);
  });

  it("fetches what is missing before a message that came with its event", async () => {
    const { desk, server, hear } = aDesk(aSummary("c1", { status: "active", agent: ME }));
    await desk.select("c1");
    server.messages.push(aMessage(1), aMessage(2));
    hear("message.created", "c1", { seq: 2, author: "contact" }, aMessage(2));
    await settled();
    expect(desk.selected.value?.transcript.messages.map((m) => m.seq)).toEqual([1, 2]);
  });

  it("moves an accepted conversation to one's own at once", async () => {
    const { desk } = aDesk(aSummary("c1"));
    desk.refreshAll();
    await desk.select("c1");
    expect(await desk.accept("c1")).toBeNull();
    expect(desk.state.view).toBe("mine");
    expect(desk.selected.value?.summary?.agent).toEqual(ME);
  });

  it("says who was faster when a conversation is taken", async () => {
    const { desk, server } = aDesk(aSummary("c1"));
    await desk.select("c1");
    server.change("c1", { status: "active", agent: { id: "other", name: "周凯" } });
    expect(await desk.accept("c1")).toEqual({ takenBy: "周凯" });
    expect(desk.selected.value?.summary?.agent?.name).toBe("周凯");
  });

  it("gives back what one is asked to take, for others to be asked", async () => {
    const asked = { status: "offered", agent: ME, offered_until: "2026-01-01T00:00:30Z" } as const;
    const { desk, server, timers } = aDesk(aSummary("c1", asked));
    desk.refreshAll();
    await desk.select("c1");
    await desk.decline("c1");
    await timers.pass(1_000);
    expect(server.rows.get("c1")?.agent).toBeNull();
    expect(desk.selected.value?.summary?.status).toBe("queued");
  });

  it("takes a conversation from the bot, and gives it back", async () => {
    const { desk } = aDesk(aSummary("c1", { status: "bot" }));
    await desk.select("c1");
    await desk.takeOver("c1");
    expect(desk.state.view).toBe("mine");
    expect(desk.selected.value?.summary?.agent).toEqual(ME);
    await desk.handBack("c1");
    expect(desk.selected.value?.summary?.status).toBe("bot");
  });

  it("passes a conversation on to a colleague", async () => {
    const { desk } = aDesk(aSummary("c1", { status: "active", agent: ME }));
    await desk.select("c1");
    await desk.transfer("c1", { agent_id: "other" }, "麻烦看下");
    expect(desk.selected.value?.summary?.agent?.name).toBe("周凯");
  });

  it("shows a note once, whether its event or its answer comes first", async () => {
    const { desk } = aDesk(aSummary("c1", { status: "active", agent: ME }));
    await desk.select("c1");
    await desk.addNote("c1", "客户很急");
    await desk.addNote("c1", "客户很急");
    expect(desk.selected.value?.notes.map((note) => note.text)).toEqual(["客户很急"]);
  });

  it("counts as seen only what was looked at", async () => {
    const said = { author: "contact" as const, text: "在吗", at: "2026-01-01T02:00:00Z" };
    const { desk, server, timers, hear } = aDesk(
      aSummary("c1", { last_seq: 3, last_message: said }),
    );
    let looking = true;
    desk.watchAttention(() => looking);
    desk.refreshAll();
    await settled();
    expect(desk.isUnread(desk.rows.value[0]!)).toBe(true);
    await desk.select("c1");
    expect(desk.isUnread(desk.rows.value[0]!)).toBe(false);
    looking = false;
    server.change("c1", { last_seq: 4 });
    hear("message.created", "c1", { seq: 4, author: "contact" });
    await timers.pass(1_000);
    expect(desk.isUnread(desk.rows.value[0]!)).toBe(true);
  });

  it("shows typing until the message comes, or for a few seconds", async () => {
    const { desk, timers, hear } = aDesk(aSummary("c1"));
    desk.showTyping("c1");
    expect(desk.typing.has("c1")).toBe(true);
    hear("message.created", "c1", { seq: 1, author: "contact" });
    expect(desk.typing.has("c1")).toBe(false);
    desk.showTyping("c1");
    await timers.pass(5_000);
    expect(desk.typing.has("c1")).toBe(false);
  });

  it("tells the customer of our typing now and then, not with every key", async () => {
    const { desk, server, timers } = aDesk(aSummary("c1"));
    for (let key = 0; key < 5; key++) desk.tellTyping("c1");
    await timers.pass(3_000);
    desk.tellTyping("c1");
    expect(server.calls).toEqual(["typing c1", "typing c1"]);
  });

  it("tells of typing at once after a reply, which ended the sign on the other side", async () => {
    const { desk, server, hear } = aDesk(aSummary("c1"));
    desk.tellTyping("c1");
    hear("message.created", "c1", { seq: 1, author: "agent" });
    desk.tellTyping("c1");
    expect(server.calls.filter((call) => call === "typing c1")).toHaveLength(2);
  });

  it("follows a presence that was changed elsewhere", async () => {
    const { desk, server, hear } = aDesk();
    desk.refreshAll();
    await settled();
    server.agent.presence = "away";
    hear("agent.presence_changed", null, { agent_id: "me" });
    await settled();
    expect(desk.state.agent?.presence).toBe("away");
  });

  it("says why one is away", async () => {
    const { desk } = aDesk();
    await desk.setPresence("away", "用餐");
    expect(desk.state.agent).toMatchObject({ presence: "away", away_reason: "用餐" });
  });

  it("passes a conversation on to a team", async () => {
    const { desk } = aDesk(aSummary("c1", { status: "active", agent: ME }));
    await desk.select("c1");
    await desk.transfer("c1", { team_id: "t1" }, "");
    expect(desk.selected.value?.summary?.team?.name).toBe("宽带组");
  });

  it("marks a conversation with a whisper until it is looked at", async () => {
    const { desk, hear } = aDesk(aSummary("c1", { status: "active", agent: ME }));
    desk.refreshAll();
    await settled();
    hear("conversation.whispered", "c1", { agent_id: "me" });
    expect([...desk.whispered]).toEqual(["c1"]);
    await desk.select("c1");
    expect(desk.whispered.size).toBe(0);
    hear("conversation.whispered", "c1", { agent_id: "me" });
    expect(desk.whispered.size).toBe(0);
  });

  it("names who else has the conversation open, and not oneself", async () => {
    const { desk } = aDesk();
    desk.refreshAll();
    await settled();
    desk.viewers.set("c1", [{ id: "me", name: ME.name }, { id: "zhou", name: "小周" }]);
    expect(desk.alsoViewing("c1")).toEqual(["小周"]);
    desk.refreshAll();
    expect(desk.alsoViewing("c1")).toEqual([]);
  });
});

describe("what ended", () => {
  const ended = (count: number) =>
    Array.from({ length: count }, (_, n) => aSummary(`c${n}`, { status: "closed" }));

  it("is shown a page at a time, and a refresh keeps the pages that were loaded", async () => {
    const { desk, server, timers } = aDesk(...ended(PAGE + 30));
    desk.refresh.closed();
    await settled();
    expect([desk.state.lists.closed.length, desk.state.moreClosed]).toEqual([PAGE, true]);

    await desk.loadMore();
    expect([desk.state.lists.closed.length, desk.state.moreClosed]).toEqual([PAGE + 30, false]);
    expect(server.calls).toContain(`closed before c${PAGE - 1}`);

    server.rows = new Map([["new", aSummary("new", { status: "closed" })], ...server.rows]);
    await timers.pass(5_000);
    desk.refresh.closed();
    await settled();
    expect(desk.state.lists.closed.length).toBe(PAGE + 31);
    expect(desk.state.lists.closed[0]?.id).toBe("new");
    expect(new Set(desk.state.lists.closed.map((row) => row.id)).size).toBe(PAGE + 31);
  });

  it("begins anew when so much ended meanwhile that the pages do not meet", async () => {
    const { desk, server, timers } = aDesk(...ended(PAGE));
    desk.refresh.closed();
    await settled();
    const newer = Array.from({ length: PAGE }, (_, n) => aSummary(`n${n}`, { status: "closed" }));
    server.rows = new Map([...newer.map((row) => [row.id, row] as const), ...server.rows]);
    await timers.pass(5_000);
    desk.refresh.closed();
    await settled();
    expect(desk.state.lists.closed.map((row) => row.id)).toEqual(newer.map((row) => row.id));
    expect(desk.state.moreClosed).toBe(true);
  });
});

describe("what became of a message on WeChat", () => {
  it("costs one small question, not the whole conversation anew", async () => {
    const { desk, server, hear } = aDesk(
      aSummary("c1", { status: "active", agent: ME, channel: "wechat" }),
    );
    await desk.select("c1");
    server.calls.length = 0;
    hear("message.sent", "c1", { seqs: [3] });
    await settled();
    expect(server.calls).toEqual(["delivery c1"]);
    expect(desk.conversations.get("c1")?.reach?.left).toBe(5);
  });
});
