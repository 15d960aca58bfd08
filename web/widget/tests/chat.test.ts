import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { Chat } from "../chat";
import { MemoryStorage } from "../storage";
import { FakeServer } from "./fake-server";

let server: FakeServer;
let storage: MemoryStorage;
let chat: Chat;

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const shown = () => chat.store.all().map((m) => m.text);
const unsent = () => chat.outbox.all().map((p) => [p.text, p.state]);

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

describe("sending", () => {
  test("what is written is shown at once and acknowledged later", async () => {
    await openChat();
    chat.say("怎么查话费");
    expect(unsent()).toEqual([["怎么查话费", "sending"]]);
    await pass(10);
    expect(unsent()).toEqual([]);
    expect(shown()).toEqual(["怎么查话费"]);
  });

  test("ten messages within a second arrive in order, once each", async () => {
    await openChat();
    for (let i = 0; i < 10; i++) chat.say(`第${i}条`);
    await pass(1_000);
    expect(server.messages.map((m) => m.text)).toEqual(shown());
    expect(shown()).toEqual(Array.from({ length: 10 }, (_, i) => `第${i}条`));
  });

  test("after a lost acknowledgement the same id is sent again, and stored once", async () => {
    await openChat();
    server.acksToLose = 2;
    chat.say("你好");
    await pass(10_000);
    expect(new Set(server.received.map((m) => m.client_message_id)).size).toBe(1);
    expect(server.received).toHaveLength(3);
    expect(shown()).toEqual(["你好"]);
    expect(unsent()).toEqual([]);
  });

  test("what failed several times says so, and goes out when the network is back", async () => {
    await openChat();
    server.goDown();
    chat.say("一");
    chat.say("二");
    await pass(8_000);
    expect(unsent()).toEqual([
      ["一", "failed"],
      ["二", "sending"],
    ]);
    expect(chat.link).toBe("trouble");
    server.isDown = false;
    chat.networkIs(true);
    await pass(3_000);
    expect(server.messages.map((m) => m.text)).toEqual(["一", "二"]);
    expect(unsent()).toEqual([]);
    expect(chat.link).toBe("online");
  });

  test("what was not sent survives closing the page", async () => {
    await openChat();
    server.goDown();
    chat.say("别丢了我");
    await pass(100);
    chat.stop();
    server.isDown = false;
    await openChat();
    await pass(1_000);
    expect(server.messages.map((m) => m.text)).toEqual(["别丢了我"]);
    expect(storage.keys().filter((key) => key.includes("outbox"))).toEqual([]);
  });

  test("a refused message stays, says so, and holds up nothing behind it", async () => {
    await openChat();
    server.refusals = [{ status: 422, code: "text_too_long" }];
    chat.say("太长");
    chat.say("下一条");
    await pass(100);
    expect(unsent()).toEqual([["太长", "refused"]]);
    expect(shown()).toEqual(["下一条"]);
    expect(chat.takeBack(chat.outbox.all()[0]!.clientMessageId)).toBe("太长");
    expect(unsent()).toEqual([]);
  });

  test("a server in trouble is not a refusal", async () => {
    await openChat();
    server.refusals = [
      { status: 503, code: "unknown" },
      { status: 429, code: "too_many" },
    ];
    chat.say("还在吗");
    await pass(10_000);
    expect(shown()).toEqual(["还在吗"]);
  });

  test("sending does not hurry a server that takes messages but cannot list them", async () => {
    server.isDeaf = true;
    await openChat();
    const before = server.requests.length;
    for (let i = 0; i < 10; i++) chat.say(`第${i}条`);
    await pass(500);
    expect(server.received).toHaveLength(10);
    expect(server.requests.length - before).toBeLessThan(13);
    expect(shown()).toHaveLength(10);
  });

  test("a quick reply is sent by its number and shown by its title", async () => {
    await openChat();
    const offer = server.write({ buttons: [{ title: "解决了" }, { title: "没解决" }] });
    await pass(10);
    chat.press(offer, 1);
    expect(unsent()).toEqual([["没解决", "sending"]]);
    await pass(10);
    expect(server.received[0]).toMatchObject({ button: { seq: 1, index: 1 } });
  });
});

describe("receiving", () => {
  test("nothing is doubled when the socket and an answer bring the same message", async () => {
    await openChat();
    chat.say("你好");
    await pass(10);
    server.push({ type: "message", message: server.messages[0]! });
    await pass(10);
    expect(shown()).toEqual(["你好"]);
  });

  test("a reconnected socket goes on after the last message it had", async () => {
    await openChat();
    server.write();
    await pass(10);
    server.goDown();
    server.write();
    server.write();
    server.isDown = false;
    await pass(2_000);
    expect(shown()).toEqual(["message 1", "message 2", "message 3"]);
    expect(server.sockets.size).toBe(1);
  });

  test("a hole in the numbers is fetched", async () => {
    await openChat();
    server.write({}, true);
    server.write();
    await pass(10);
    expect(shown()).toEqual(["message 2"]);
    await pass(1_000);
    expect(shown()).toEqual(["message 1", "message 2"]);
  });

  test("a hole met while the network is down is fetched afterwards", async () => {
    await openChat();
    server.write({}, true);
    server.write();
    await pass(10);
    server.goDown();
    await pass(60_000);
    server.isDown = false;
    await pass(30_000);
    expect(shown()).toEqual(["message 1", "message 2"]);
  });

  test("a number the server does not have is not waited for without end", async () => {
    await openChat();
    server.messages.push({ ...server.write({}, true), seq: 7, id: "m7" });
    server.messages.shift();
    server.push({ type: "message", message: server.messages[0]! });
    await pass(5_000);
    const before = server.requests.length;
    await pass(10_000);
    expect(server.requests.length).toBe(before);
    expect(chat.store.hasGap).toBe(false);
  });

  test("without WebSocket, messages come by asking", async () => {
    server.hasSockets = false;
    await openChat();
    server.write();
    await pass(4_000);
    expect(shown()).toEqual(["message 1"]);
    expect(chat.link).toBe("online");
  });

  test("a page nobody looks at asks less often", async () => {
    server.hasSockets = false;
    server.isWatched = false;
    await openChat();
    server.requests = [];
    await pass(30_000);
    expect(server.requests).toHaveLength(2);
  });

  test("while the socket is up, nothing is asked", async () => {
    await openChat();
    const before = server.requests.length;
    await pass(60_000);
    expect(server.requests.length).toBe(before);
  });

  test("only the end of a long history is loaded, the rest on request", async () => {
    await openChat();
    for (let i = 0; i < 150; i++) server.write();
    chat.stop();
    await openChat();
    expect(chat.store.all()[0]?.seq).toBe(91);
    await chat.loadEarlier();
    expect(chat.store.all()[0]?.seq).toBe(31);
    await chat.loadEarlier();
    expect(chat.store.all()).toHaveLength(150);
    expect(chat.store.earlierThan).toBe(0);
  });

  test("the signs of typing end with the message, or after a while", async () => {
    await openChat();
    server.push({ type: "typing", author: "agent", name: "林晓" });
    await pass(10);
    expect(chat.typing).toEqual({ author: "agent", name: "林晓" });
    server.write({ author: "agent" });
    await pass(10);
    expect(chat.typing).toBeNull();
    server.push({ type: "typing", author: "bot" });
    await pass(10_000);
    expect(chat.typing).toBeNull();
  });

  test("the customer's own typing is told every few seconds, not at every key", async () => {
    await openChat();
    for (let i = 0; i < 20; i++) {
      chat.tellTyping();
      await pass(100);
    }
    expect(server.typingHeard).toHaveLength(1);
    await pass(2_000);
    chat.tellTyping();
    expect(server.typingHeard).toHaveLength(2);
  });

  test("typing right after a message is told at once, as the message ended the sign", async () => {
    await openChat();
    chat.tellTyping();
    chat.say("你好");
    chat.tellTyping();
    expect(server.typingHeard).toHaveLength(2);
  });
});
