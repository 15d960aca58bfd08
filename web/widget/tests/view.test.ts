// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Chat } from "../chat";
import { readOptions } from "../options";
import { MemoryStorage } from "../storage";
import { Widget } from "../view/widget";
import { FakeServer } from "./fake-server";

let server: FakeServer;
let storage: MemoryStorage;
let chat: Chat;
let widget: Widget;

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const root = () => widget.host.shadowRoot!;
const all = (selector: string) => [...root().querySelectorAll<HTMLElement>(selector)];
const one = <T extends HTMLElement>(selector: string) => root().querySelector<T>(selector)!;
const field = () => one<HTMLTextAreaElement>(".composer textarea");

function type(text: string): void {
  field().value = text;
  field().dispatchEvent(new Event("input"));
}

function press(key: string, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  field().dispatchEvent(event);
  return event;
}

function place(): void {
  chat = server.chat(storage);
  const options = readOptions(null, { origin: "https://chat.test", search: "" });
  widget = new Widget(chat, options, storage);
  document.body.append(widget.host);
}

beforeEach(async () => {
  vi.useFakeTimers({ now: new Date("2025-03-09T06:00:00Z") });
  server = new FakeServer();
  storage = new MemoryStorage();
  place();
  widget.open();
  await pass(50);
});

afterEach(() => {
  chat.stop();
  widget.host.remove();
  vi.useRealTimers();
});

test("Enter sends, Shift and Enter begins a new line", async () => {
  type("怎么查话费");
  expect(press("Enter", { shiftKey: true }).defaultPrevented).toBe(false);
  expect(server.received).toHaveLength(0);
  expect(press("Enter").defaultPrevented).toBe(true);
  await pass(50);
  expect(server.messages.map((m) => m.text)).toEqual(["怎么查话费"]);
  expect(field().value).toBe("");
});

test("Enter that picks a word in an input method does not send", async () => {
  type("zen me");
  press("Enter", { isComposing: true });
  press("Enter", { keyCode: 229 } as KeyboardEventInit);
  await pass(50);
  expect(server.received).toHaveLength(0);
  expect(field().value).toBe("zen me");
});

test("more than 2,000 characters are refused in clear words and stay in the field", async () => {
  type("字".repeat(1_900));
  expect(one(".counter").textContent).toBe("1900 / 2000");
  type("字".repeat(2_001));
  press("Enter");
  await pass(50);
  expect(one(".composer .problem").textContent).toContain("最多 2000 字，现在有 2001 字");
  expect(field().value).toHaveLength(2_001);
  expect(server.received).toHaveLength(0);
});

test("blank text is not sent", async () => {
  type("  \n ");
  press("Enter");
  await pass(50);
  expect(server.received).toHaveLength(0);
  expect(one<HTMLButtonElement>(".send").disabled).toBe(true);
});

test("what is begun is still in the field after a reload", () => {
  type("我家宽带");
  widget.host.remove();
  place();
  expect(field().value).toBe("我家宽带");
});

test("markup is shown as text", async () => {
  server.write({ text: "<img src=x onerror=alert(1)> https://example.com/a" });
  server.write({ author: "agent", author_name: "<b>林</b>" });
  server.write({ author: "system", text: "<script>1</script>" });
  await pass(50);
  expect(all("img, b, script")).toEqual([]);
  expect(one(".list .bubble").textContent).toContain("<img src=x onerror=alert(1)>");
  const link = one<HTMLAnchorElement>(".bubble a");
  expect(link.getAttribute("href")).toBe("https://example.com/a");
  expect(link.rel).toContain("noopener");
});

test("a pressed quick reply becomes the customer's words, and the choices go", async () => {
  server.write({ buttons: [{ title: "解决了" }, { title: "没解决" }] });
  await pass(50);
  const chips = all(".list .chip");
  expect(chips.map((chip) => chip.textContent)).toEqual(["解决了", "没解决"]);
  chips[1]!.click();
  await pass(0);
  expect(one(".row.contact .bubble").textContent).toBe("没解决");
  expect(all(".list .chip")).toEqual([]);
});

test("the button for a person sends the words, and tells where one stands", async () => {
  const human = one<HTMLButtonElement>(".human");
  expect(human.textContent).toBe("转人工");
  human.click();
  await pass(50);
  expect(server.messages.map((m) => m.text)).toEqual(["转人工"]);
  const waiting = { id: "c1", status: "queued", agent_name: null, rated: false } as const;
  server.push({ type: "conversation", conversation: { ...waiting, position: 3 } });
  await pass(50);
  expect(one(".place").textContent).toBe("排队中，前面还有 2 位");
  expect(human.disabled).toBe(true);
  const soon = { ...waiting, position: 1, wait: { low: 2, high: 4 } };
  server.push({ type: "conversation", conversation: soon });
  await pass(50);
  expect(one(".place").textContent).toBe("排队中，下一位就是您，约等 2–4 分钟");
});

test("who waits is offered the ways out, whatever is written meanwhile", async () => {
  const buttons = [{ title: "先问智能客服" }, { title: "不等了" }];
  server.write({ author: "system", text: "正在转接", buttons, data: { kind: "queued" } });
  const waiting = { id: "c1", status: "queued", position: 1, agent_name: null, rated: false } as const;
  server.push({ type: "conversation", conversation: waiting });
  await pass(50);
  chat.say("我的宽带断了");
  await pass(50);
  expect(all(".choice").map((choice) => choice.textContent)).toEqual(["先问智能客服", "不等了"]);
  one(".choice:last-child").click();
  await pass(50);
  expect(server.messages.at(-1)?.text).toBe("button 1.1");
});

test("a message that failed says so and is sent again when pressed", async () => {
  server.goDown();
  chat.say("你好");
  await pass(8_000);
  expect(one(".retry").textContent).toBe("未发送 · 点此重试");
  expect(one(".network").textContent).toBe("网络不太好，消息会自动重发");
  server.isDown = false;
  one(".retry").click();
  await pass(3_000);
  expect(all(".retry")).toEqual([]);
  expect(server.messages.map((m) => m.text)).toEqual(["你好"]);
  expect(one(".network").hidden).toBe(true);
});

test("a refused message goes back into the field to be changed", async () => {
  server.refusals = [{ status: 422, code: "text_too_long" }];
  chat.say("太长的话");
  await pass(50);
  one(".retry").click();
  await pass(0);
  expect(field().value).toBe("太长的话");
  expect(all(".row.contact")).toEqual([]);
});

test("a closed window counts what comes, and shows it when opened", async () => {
  widget.close();
  server.write();
  server.write();
  await pass(50);
  expect(one(".badge").textContent).toBe("2");
  expect(one(".launcher").getAttribute("aria-label")).toContain("2 条未读");
  widget.open();
  await pass(50);
  widget.close();
  expect(one(".badge").hidden).toBe(true);
});

test("Escape closes the window and the focus goes back to the launcher", () => {
  press("Escape");
  expect(one(".panel").hidden).toBe(true);
  expect(root().activeElement).toBe(one(".launcher"));
});

test("a rating is given once, thanked for, and not asked again", async () => {
  const data = { kind: "rating", conversation_id: "c1" };
  server.write({ author: "system", text: "会话已结束", data });
  await pass(50);
  one<HTMLInputElement>(".star:nth-child(4) input").click();
  one<HTMLTextAreaElement>(".rating textarea").value = " 很快 ";
  one<HTMLFormElement>(".rating form").dispatchEvent(new Event("submit", { cancelable: true }));
  await pass(50);
  expect(server.ratings).toEqual([{ conversation_id: "c1", score: 4, comment: "很快" }]);
  expect(one(".thanks").textContent).toBe("感谢您的评价");
  widget.host.remove();
  chat.stop();
  place();
  widget.open();
  await pass(50);
  expect(all(".stars")).toEqual([]);
});

test("something on the host page can open the chat with words ready to be sent", () => {
  widget.close();
  const link = document.createElement("a");
  link.dataset.chatOpen = "怎么查话费";
  document.body.append(link);
  link.click();
  expect(one(".panel").hidden).toBe(false);
  expect(field().value).toBe("怎么查话费");
  expect(server.received).toHaveLength(0);
});
