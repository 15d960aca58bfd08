import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { Chat } from "../chat";
import { MemoryStorage } from "../storage";
import { FakeServer } from "./fake-server";

let server: FakeServer;
let storage: MemoryStorage;
let chat: Chat;

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const shown = () => chat.store.all().map((m) => m.text);

async function openChat(): Promise<void> {
  chat = server.chat(storage);
  chat.start();
  await pass(50);
}

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2025-03-09T06:00:00Z") });
  server = new FakeServer();
  storage = new MemoryStorage();
});

afterEach(() => {
  chat.stop();
  vi.useRealTimers();
});

describe("the session", () => {
  test("a returning browser stays the same customer", async () => {
    await openChat();
    chat.say("你好");
    await pass(50);
    chat.stop();
    await openChat();
    expect(server.visitors.size).toBe(1);
    expect(shown()).toEqual(["你好"]);
    expect(chat.wasReplaced).toBe(false);
  });

  test("an expired token gives a new session, and unsent words go out in it", async () => {
    await openChat();
    chat.say("旧");
    const offer = server.write({ buttons: [{ title: "没解决" }] });
    await pass(50);
    server.goDown();
    chat.press(offer, 0);
    chat.say("新");
    await pass(50);
    server.isDown = false;
    server.forgetEveryone();
    await pass(10_000);
    // The button was never offered in the new session; its words still are.
    expect(server.messages.map((m) => m.text)).toEqual(["没解决", "新"]);
    expect(shown()).toEqual(["没解决", "新"]);
    expect(chat.link).toBe("online");
  });

  test("a socket refused for its token is opened again with a new one", async () => {
    await openChat();
    server.forgetEveryone();
    await pass(1_000);
    expect(chat.wasReplaced).toBe(true);
    expect(server.sockets.size).toBe(1);
    server.write();
    await pass(10);
    expect(shown()).toEqual(["message 1"]);
  });

  test("a forged token in the browser is replaced when the page opens", async () => {
    storage.set("frontdoor.token", "forged");
    await openChat();
    expect(server.visitors.size).toBe(1);
    expect(chat.link).toBe("online");
  });

  test("two tabs are one customer, and each sees what the other wrote", async () => {
    await openChat();
    const other = server.chat(storage);
    other.start();
    await pass(50);
    chat.say("从第一个标签页");
    await pass(50);
    server.push({ type: "message", message: server.messages[0]! });
    await pass(50);
    expect(server.visitors.size).toBe(1);
    expect(other.store.all().map((m) => m.text)).toEqual(["从第一个标签页"]);
    other.stop();
  });

  test("a page left open renews its token before it expires", async () => {
    await openChat();
    const before = server.requests.filter((r) => r === "POST session").length;
    await pass(13 * 3_600_000);
    expect(server.requests.filter((r) => r === "POST session").length).toBeGreaterThan(before);
    expect(server.visitors.size).toBe(1);
  });

  test("a page opened without a network connects when there is one", async () => {
    server.isDown = true;
    await openChat();
    expect(chat.link).toBe("trouble");
    server.isDown = false;
    await pass(5_000);
    expect(chat.link).toBe("online");
    expect(server.sockets.size).toBe(1);
  });
});

describe("unread and rating", () => {
  test("what others wrote counts as unread until it is looked at", async () => {
    await openChat();
    chat.say("你好");
    await pass(50);
    server.write();
    server.write({ author: "agent" });
    await pass(10);
    expect(chat.unread).toBe(2);
    chat.markRead();
    expect(chat.unread).toBe(0);
    chat.stop();
    await openChat();
    expect(chat.unread).toBe(0);
  });

  test("a rating is sent once and remembered", async () => {
    await openChat();
    await chat.rate("c1", 5, "很好");
    expect(server.ratings).toEqual([{ conversation_id: "c1", score: 5, comment: "很好" }]);
    chat.stop();
    await openChat();
    expect(chat.isRated("c1")).toBe(true);
    expect(chat.isRated("c2")).toBe(false);
  });
});
