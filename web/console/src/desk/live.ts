/** The one desk of this window, wired to the browser: socket, storage, focus, network. */

import { api, signedOut } from "../api";
import type { DeskEvent } from "../api/types";
import { session } from "../session/session";
import { tellInfo } from "../shared/toasts";
import { words } from "../words";
import { createAlarmBell } from "./bell";
import { createDesk } from "./desk";
import { displayName } from "./lists";
import type { DeskNotice } from "./notices";
import { createSocket, type Line } from "./socket";

const SEEN_KEY = "frontdoor.seen";
const SEEN_KEPT = 500;

export const desk = createDesk({
  api: api.desk,
  newId: () => crypto.randomUUID(),
  seen: { read: readSeen, write: writeSeen },
  onNotice: tell,
});

/** Pages that follow the events beside the desk; called with null when anything may be missing. */
const followers = new Set<(event: DeskEvent | null) => void>();

export const bell = createAlarmBell(desk);

const socket = createSocket({
  connect: openLine,
  onState: (state) => (desk.state.line = state),
  onReady: () => {
    desk.refreshAll();
    for (const follower of followers) follower(null);
  },
  onEvent: (event, message) => {
    desk.receive(event, message);
    for (const follower of followers) follower(event);
  },
  onTyping: desk.showTyping,
  onViewing: (id, viewers) => desk.viewers.set(id, viewers),
  onSignedOut: () => signedOut.listener(),
  // Asking who one is finds out whether the session is over; a 401 leads to signing in.
  onRefused: () => void api.auth.me().catch(() => {}),
});

const attended = (): boolean => document.visibilityState === "visible" && document.hasFocus();
desk.watchAttention(attended);

function lookedAt(): void {
  if (attended()) desk.seeSelected();
}

/** Said on the page that is open, whichever it is. */
function tell(notice: DeskNotice): void {
  if (notice.kind === "presence") {
    tellInfo(words.desk.notices.presence(words.presence[notice.presence] ?? ""));
    return;
  }
  if (notice.kind === "whispered") bell.chime();
  const contact = desk.summaryOf(notice.conversationId)?.contact;
  const name = contact ? displayName(contact, words.desk.visitor) : words.desk.authors.contact;
  tellInfo(words.desk.notices[notice.kind](name ?? ""));
}

export const live = {
  /** Which conversation is on the screen, for colleagues who open the same to see. */
  show: socket.show,
  /** Be called with every event from now on; returns how to stop. */
  follow(follower: (event: DeskEvent | null) => void): () => void {
    followers.add(follower);
    return () => void followers.delete(follower);
  },
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
