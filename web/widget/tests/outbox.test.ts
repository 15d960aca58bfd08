import { expect, test } from "vitest";

import { asOutgoing, Outbox } from "../outbox";
import { MemoryStorage } from "../storage";

const now = new Date("2025-03-09T06:00:00Z");

test("messages keep their order over a reload, even when written in one instant", () => {
  const storage = new MemoryStorage();
  const outbox = new Outbox(storage);
  for (const id of ["c", "a", "b"]) outbox.add(id, id, null, now);
  outbox.add("d", "d", null, new Date(now.getTime() - 60_000));
  expect(new Outbox(storage).all().map((p) => p.clientMessageId)).toEqual(["c", "a", "b", "d"]);
});

test("two tabs do not overwrite each other's words", () => {
  const storage = new MemoryStorage();
  const [one, two] = [new Outbox(storage), new Outbox(storage)];
  one.add("1", "一", null, now);
  two.add("2", "二", null, now);
  one.drop("1");
  expect(new Outbox(storage).all().map((p) => p.text)).toEqual(["二"]);
});

test("after a reload a failed message is simply tried again, a refused one is not", () => {
  const storage = new MemoryStorage();
  const outbox = new Outbox(storage);
  outbox.add("1", "一", null, now);
  outbox.add("2", "二", null, now);
  for (let i = 0; i < 3; i++) outbox.failed("1");
  outbox.refused("2", "text_too_long");
  expect(outbox.all().map((p) => p.state)).toEqual(["failed", "refused"]);
  expect(new Outbox(storage).all().map((p) => p.state)).toEqual(["sending", "refused"]);
});

test("retrying a refused message puts it back in line", () => {
  const outbox = new Outbox(new MemoryStorage());
  outbox.add("1", "一", null, now);
  outbox.refused("1", "text_too_long");
  expect(outbox.next()).toBeNull();
  outbox.retry("1");
  expect(outbox.next()?.clientMessageId).toBe("1");
});

test("a button is sent as a button, and as its words in a session that never offered it", () => {
  const outbox = new Outbox(new MemoryStorage());
  const entry = outbox.add("1", "没解决", { seq: 4, index: 1 }, now);
  expect(asOutgoing(entry)).toEqual({ client_message_id: "1", button: { seq: 4, index: 1 } });
  outbox.moveToNewSession();
  expect(asOutgoing(entry)).toEqual({ client_message_id: "1", text: "没解决" });
});

test("what others keep in the same storage is left alone, and rubbish is passed over", () => {
  const storage = new MemoryStorage();
  storage.set("host.page", "x");
  storage.set("frontdoor.outbox.1", "not json");
  storage.set("frontdoor.outbox.2", "null");
  expect(new Outbox(storage).all()).toEqual([]);
  expect(storage.get("host.page")).toBe("x");
});
