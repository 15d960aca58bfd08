import { describe, expect, it } from "vitest";

import { createSocket, pauseAfter, type Line } from "../src/desk/socket";
import { handTimers } from "./builders";

function aDesk() {
  const timers = handTimers();
  const lines: (Line & { sent: unknown[]; closed: boolean })[] = [];
  const heard: string[] = [];
  const socket = createSocket({
    timers,
    random: () => 1,
    connect: () => {
      const line = {
        sent: [] as unknown[],
        closed: false,
        send: (data: string) => void line.sent.push(JSON.parse(data)),
        close: () => void (line.closed = true),
        onopen: null,
        onmessage: null,
        onclose: null,
      } as Line & { sent: unknown[]; closed: boolean };
      lines.push(line);
      return line;
    },
    onState: (state) => heard.push(state),
    onReady: () => heard.push("ready"),
    onEvent: (event) => heard.push(event.type),
    onTyping: (id) => heard.push(`typing ${id}`),
    onViewing: (id, viewers) => heard.push(`${viewers.map((one) => one.name)} at ${id}`),
    onSignedOut: () => heard.push("signed out"),
    onRefused: () => heard.push("refused"),
  });
  const last = () => lines.at(-1)!;
  return {
    socket,
    timers,
    lines,
    heard,
    last,
    say: (frame: unknown) => last().onmessage?.({ data: JSON.stringify(frame) }),
    answer(cursor: string) {
      last().onopen?.();
      last().onmessage?.({ data: JSON.stringify({ type: "ready", cursor }) });
    },
  };
}

const event = (type: string) => ({ type, conversation_id: "c1", actor: null, data: {}, at: "" });

describe("the live line", () => {
  it("says hello without a cursor first, and with the last one when it comes back", async () => {
    const desk = aDesk();
    desk.socket.open();
    desk.answer("10");
    desk.say({ type: "event", cursor: "11", event: event("message.created") });
    desk.last().onclose?.({ code: 1006 });
    await desk.timers.pass(500);
    desk.last().onopen?.();
    expect(desk.lines.map((line) => line.sent[0])).toEqual([
      { type: "hello", cursor: null },
      { type: "hello", cursor: "11" },
    ]);
  });

  it("does not jump over replayed events when it breaks again before they came", async () => {
    const desk = aDesk();
    desk.socket.open();
    desk.answer("10");
    desk.last().onclose?.({ code: 1006 });
    await desk.timers.pass(500);
    desk.answer("99");
    desk.last().onclose?.({ code: 1006 });
    await desk.timers.pass(500);
    desk.last().onopen?.();
    expect(desk.last().sent[0]).toEqual({ type: "hello", cursor: "10" });
  });

  it("refreshes after every connect", async () => {
    const desk = aDesk();
    desk.socket.open();
    desk.answer("1");
    desk.last().onclose?.({ code: 1012 });
    await desk.timers.pass(500);
    desk.answer("1");
    expect(desk.heard).toEqual(["connecting", "open", "ready", "waiting", "connecting", "open", "ready"]);
  });

  it("waits longer after every failure, up to a limit", () => {
    const pauses = [0, 1, 2, 10].map((failures) => pauseAfter(failures, 1));
    expect(pauses).toEqual([500, 1000, 2000, 15000]);
    expect(pauseAfter(0, 0)).toBe(250);
  });

  it("starts from the shortest pause again once it was open", async () => {
    const desk = aDesk();
    desk.socket.open();
    for (const pause of [500, 1000, 2000]) {
      desk.last().onclose?.({ code: 1006 });
      expect(desk.timers.waiting()).toEqual([pause]);
      await desk.timers.pass(pause);
    }
    desk.answer("1");
    desk.last().onclose?.({ code: 1006 });
    expect(desk.timers.waiting()).toEqual([500]);
  });

  it("pings a quiet line and replaces one that does not answer", async () => {
    const desk = aDesk();
    desk.socket.open();
    desk.answer("1");
    await desk.timers.pass(25_000);
    expect(desk.last().sent.at(-1)).toEqual({ type: "ping" });
    desk.say({ type: "pong" });
    await desk.timers.pass(25_000);
    await desk.timers.pass(10_000);
    expect(desk.lines[0]?.closed).toBe(true);
    await desk.timers.pass(500);
    expect(desk.lines).toHaveLength(2);
  });

  it("ignores what a replaced line still says", async () => {
    const desk = aDesk();
    desk.socket.open();
    desk.answer("1");
    const old = desk.last();
    old.onclose?.({ code: 1006 });
    await desk.timers.pass(500);
    old.onmessage?.({ data: JSON.stringify({ type: "typing", conversation_id: "c1" }) });
    expect(desk.heard).not.toContain("typing c1");
  });

  it("reconnects at once when the network is back", () => {
    const desk = aDesk();
    desk.socket.open();
    desk.last().onclose?.({ code: 1006 });
    desk.socket.nudge();
    expect(desk.lines).toHaveLength(2);
    desk.socket.nudge();
    expect(desk.lines).toHaveLength(2);
  });

  it("stays away when the session is over", async () => {
    const desk = aDesk();
    desk.socket.open();
    desk.last().onclose?.({ code: 4401 });
    await desk.timers.pass(60_000);
    expect(desk.heard.at(-1)).toBe("signed out");
    expect(desk.lines).toHaveLength(1);
  });

  it("says when it was refused, which is not the same as a line that broke", async () => {
    const desk = aDesk();
    desk.socket.open();
    desk.answer("1");
    desk.last().onclose?.({ code: 1006 });
    expect(desk.heard).not.toContain("refused");
    await desk.timers.pass(500);
    desk.last().onclose?.({ code: 1006 });
    expect(desk.heard.at(-1)).toBe("refused");
  });

  it("says what is on the screen, again whenever the line is back", async () => {
    const desk = aDesk();
    const said = () =>
      desk.lines.map((line) => line.sent.filter((frame) => JSON.stringify(frame).includes("viewing")));
    desk.socket.show("c1");
    desk.socket.open();
    desk.answer("1");
    desk.socket.show("c1");
    desk.last().onclose?.({ code: 1006 });
    await desk.timers.pass(500);
    desk.answer("1");
    desk.socket.show(null);
    const frame = (conversation_id: string | null) => ({ type: "viewing", conversation_id });
    expect(said()).toEqual([[frame("c1")], [frame("c1"), frame(null)]]);
  });

  it("hands on who else has the same conversation open", () => {
    const desk = aDesk();
    desk.socket.open();
    desk.answer("1");
    const viewers = [{ id: "zhou", name: "小周" }];
    desk.say({ type: "viewing", conversation_id: "c1", viewers });
    expect(desk.heard.at(-1)).toBe("小周 at c1");
  });

  it("does not stumble over a frame it cannot read", () => {
    const desk = aDesk();
    desk.socket.open();
    desk.answer("1");
    desk.last().onmessage?.({ data: "not json" });
    desk.say(null);
    desk.say({ type: "something.new" });
    expect(desk.heard.at(-1)).toBe("ready");
  });
});
