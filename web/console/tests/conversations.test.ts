import { describe, expect, it } from "vitest";

import { ApiError } from "../src/api/http";
import type { Message, Reach, Summary } from "../src/api/types";
import { createConversations } from "../src/desk/conversations";
import { aMessage, aReach, aSummary, handTimers, settled } from "./builders";

/** A server with one conversation, which can be told to fail the next call. */
function aServer() {
  const server = {
    messages: [] as Message[],
    summary: aSummary("c1", { status: "active" }) as Summary,
    fetches: [] as number[],
    pageSize: 100,
    reach: null as Reach | null,
    reachAsked: 0,
    failure: null as ApiError | null,
    say(seq: number, more: Partial<Message> = {}) {
      server.messages.push(aMessage(seq, more));
      server.summary = { ...server.summary, last_seq: seq };
    },
  };
  const fail = () => {
    const { failure } = server;
    server.failure = null;
    if (failure) throw failure;
  };
  const unused = () => Promise.reject(new Error("not in this test"));
  const api = {
    me: unused,
    setPresence: unused,
    list: unused,
    accept: unused,
    decline: unused,
    takeOver: unused,
    handBack: unused,
    transfer: unused,
    addNote: unused,
    colleagues: unused,
    phone: unused,
    numbers: unused,
    attachments: unused,
    delivery: async () => {
      server.reachAsked += 1;
      fail();
      return { delivery: server.reach };
    },
    close: unused,
    typing: unused,
    open: async () => {
      fail();
      return {
        conversation: server.summary,
        packet: null,
        messages: [...server.messages],
        delivery: server.reach,
      };
    },
    messagesAfter: async (_id: string, after: number) => {
      server.fetches.push(after);
      fail();
      const page = server.messages.filter((m) => m.seq > after).slice(0, server.pageSize);
      return { messages: page };
    },
    send: async (_id: string, client_message_id: string, text: string) => {
      fail();
      const known = server.messages.find((m) => m.client_message_id === client_message_id);
      const seq = server.messages.length + 1;
      if (!known) server.say(seq, { author: "agent", text, client_message_id });
      return { message: known ?? (server.messages.at(-1) as Message) };
    },
  };
  const timers = handTimers();
  let ids = 0;
  const conversations = createConversations({
    api,
    timers,
    newId: () => `mine-${++ids}`,
    now: () => "2026-01-01T02:00:00Z",
  });
  const shown = () => conversations.get("c1")?.transcript.messages.map((m) => m.seq);
  return { server, conversations, timers, shown };
}

const unreachable = new ApiError("", 0, "network");

describe("an open conversation", () => {
  it("fetches once for a burst of announcements, and misses none", async () => {
    const { server, conversations, shown } = aServer();
    server.say(1);
    await conversations.load("c1");
    for (const seq of [2, 3, 4]) server.say(seq);
    for (const seq of [2, 3, 4]) void conversations.catchUp("c1", seq);
    await settled();
    expect(shown()).toEqual([1, 2, 3, 4]);
    expect(server.fetches).toEqual([1]);
  });

  it("goes on page by page until it has what was announced", async () => {
    const { server, conversations, shown } = aServer();
    server.say(1);
    await conversations.load("c1");
    server.pageSize = 2;
    for (const seq of [2, 3, 4, 5, 6]) server.say(seq);
    await conversations.catchUp("c1", 6);
    expect(shown()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("stops asking when what was announced is not for it", async () => {
    const { server, conversations } = aServer();
    server.say(1);
    await conversations.load("c1");
    await conversations.catchUp("c1", 40);
    expect(server.fetches).toEqual([1]);
  });

  it("tries again by itself when catching up failed", async () => {
    const { server, conversations, timers, shown } = aServer();
    server.say(1);
    await conversations.load("c1");
    server.say(2);
    server.failure = unreachable;
    await conversations.catchUp("c1", 2);
    expect(shown()).toEqual([1]);
    await timers.pass(3_000);
    expect(shown()).toEqual([1, 2]);
  });

  it("keeps what is shown when loading again fails, and says so", async () => {
    const { server, conversations, shown } = aServer();
    server.say(1);
    await conversations.load("c1");
    server.failure = unreachable;
    await conversations.load("c1");
    expect(shown()).toEqual([1]);
    expect(conversations.get("c1")?.failure?.message).toBe("连不上服务器");
  });

  it("asks once what may still be sent for a burst of messages, and shows the last state", async () => {
    const { server, conversations, timers } = aServer();
    server.summary = { ...server.summary, channel: "wechat" };
    server.reach = aReach({ left: 5 });
    await conversations.load("c1");
    server.reach = aReach({ left: 3 });
    for (let n = 0; n < 5; n++) conversations.checkReach("c1");
    await settled();
    server.reach = aReach({ left: 2, waiting: [7] });
    await timers.pass(500);
    expect(conversations.get("c1")?.reach).toEqual(aReach({ left: 2, waiting: [7] }));
    expect(server.reachAsked).toBe(2);
  });

  it("keeps showing what might be sent when asking fails", async () => {
    const { server, conversations } = aServer();
    server.summary = { ...server.summary, channel: "wechat" };
    server.reach = aReach({ left: 5 });
    await conversations.load("c1");
    server.failure = unreachable;
    conversations.checkReach("c1");
    await settled();
    expect(conversations.get("c1")?.reach?.left).toBe(5);
  });

  it("never asks on web chat, which takes as much as one says", async () => {
    const { server, conversations } = aServer();
    await conversations.load("c1");
    conversations.checkReach("c1");
    await settled();
    expect(server.reachAsked).toBe(0);
  });

  it("shows a reply at once, and once only when it is stored", async () => {
    const { server, conversations, shown } = aServer();
    server.say(1);
    await conversations.load("c1");
    const sending = conversations.send("c1", "您好");
    expect(conversations.get("c1")?.transcript.pending.map((p) => p.text)).toEqual(["您好"]);
    await sending;
    expect(conversations.get("c1")?.transcript.pending).toEqual([]);
    expect(shown()).toEqual([1, 2]);
  });

  it("fetches what the customer wrote while our reply was on its way", async () => {
    const { server, conversations, shown } = aServer();
    server.say(1);
    await conversations.load("c1");
    server.say(2);
    await conversations.send("c1", "您好");
    await settled();
    expect(shown()).toEqual([1, 2, 3]);
  });

  it("sends a failed reply again under the same id, so that it is stored once", async () => {
    const { server, conversations } = aServer();
    await conversations.load("c1");
    server.failure = unreachable;
    await conversations.send("c1", "您好");
    const failed = conversations.get("c1")?.transcript.pending[0];
    expect(failed?.failure?.message).toBe("连不上服务器");
    await conversations.retry("c1", "mine-1");
    await conversations.retry("c1", "mine-1");
    expect(server.messages.map((m) => m.client_message_id)).toEqual(["mine-1"]);
  });

  it("lets the oldest go after many others, unless something in it was not sent", async () => {
    const { conversations } = aServer();
    await conversations.load("first");
    await conversations.load("second");
    const written = conversations.get("first");
    if (written) written.draft = "写到一半";
    for (let n = 0; n < 60; n++) await conversations.load(`other-${n}`);
    expect(conversations.get("first")?.draft).toBe("写到一半");
    expect(conversations.get("second")).toBeUndefined();
    expect(conversations.get("other-59")).toBeDefined();
  });

  it("shows how things stand when a reply is refused because a colleague owns it", async () => {
    const { server, conversations } = aServer();
    await conversations.load("c1");
    server.summary = { ...server.summary, agent: { id: "other", name: "周凯" } };
    server.failure = new ApiError("", 403, "not_your_conversation");
    await conversations.send("c1", "您好");
    await settled();
    expect(conversations.get("c1")?.summary?.agent?.name).toBe("周凯");
    expect(conversations.get("c1")?.transcript.pending[0]?.failure?.message).toContain("不在您名下");
  });
});
