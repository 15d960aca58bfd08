/** The one desk of this window, wired to the browser: socket, storage, focus, network. */

import { api, signedOut } from "../api";
import { session } from "../session/session";
import { createAlarmBell } from "./bell";
import { createDesk } from "./desk";
import { createSocket, type Line } from "./socket";

const SEEN_KEY = "frontdoor.seen";
const SEEN_KEPT = 500;

export const desk = createDesk({
  api: api.desk,
  newId: () => crypto.randomUUID(),
  seen: { read: readSeen, write: writeSeen },
});

export const bell = createAlarmBell(desk);

const socket = createSocket({
  connect: openLine,
  onState: (state) => (desk.state.line = state),
  onReady: desk.refreshAll,
  onEvent: desk.receive,
  onTyping: desk.showTyping,
  onSignedOut: () => signedOut.listener(),
  // Asking who one is finds out whether the session is over; a 401 leads to signing in.
  onRefused: () => void api.auth.me().catch(() => {}),
});

const attended = (): boolean => document.visibilityState === "visible" && document.hasFocus();
desk.watchAttention(attended);

function lookedAt(): void {
  if (attended()) desk.seeSelected();
}

export const live = {
  start(): void {
    desk.refreshAll();
    socket.open();
    bell.start();
    addEventListener("online", socket.nudge);
    addEventListener("focus", lookedAt);
    document.addEventListener("visibilitychange", lookedAt);
  },
  stop(): void {
    socket.close();
    bell.stop();
    removeEventListener("online", socket.nudge);
    removeEventListener("focus", lookedAt);
    document.removeEventListener("visibilitychange", lookedAt);
    if (!session.user) desk.reset();
  },
};

function openLine(): Line {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const raw = new WebSocket(`${scheme}://${location.host}/api/desk/socket`);
  const line: Line = {
    // A frame for a line that is closing is of no use to anyone.
    send: (data) => raw.readyState === WebSocket.OPEN && raw.send(data),
    close: () => raw.close(),
    onopen: null,
    onmessage: null,
    onclose: null,
  };
  raw.onopen = () => line.onopen?.();
  raw.onmessage = ({ data }) => line.onmessage?.({ data });
  raw.onclose = ({ code }) => line.onclose?.({ code });
  return line;
}

function readSeen(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(SEEN_KEY) ?? "{}");
  } catch {
    return {};
  }
}

function writeSeen(seen: Record<string, number>): void {
  try {
    const latest = Object.entries(seen).slice(-SEEN_KEPT);
    localStorage.setItem(SEEN_KEY, JSON.stringify(Object.fromEntries(latest)));
  } catch {
    // Storage is full or forbidden: unread dots then last as long as this window.
  }
}
