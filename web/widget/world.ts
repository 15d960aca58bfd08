/** What lies outside the conversation: server, clock, chance, memory. Tests bring their own. */

import { Api } from "./api";
import type { SocketLike } from "./connection";
import type { Exclusive } from "./session";
import { browserStorage, type KeyValue } from "./storage";

export interface World {
  api: Api;
  openSocket: () => SocketLike;
  storage: KeyValue;
  exclusive: Exclusive;
  now: () => Date;
  newId: () => string;
  random: () => number;
  /** The page is in front of somebody. */
  isWatched: () => boolean;
}

/** The real one; `server` is an origin such as `https://chat.example.com`. */
export function browserWorld(server: string): World {
  return {
    api: new Api(server, (url, init) => fetch(url, init)),
    openSocket: () =>
      new WebSocket(`${server.replace(/^http/, "ws")}/api/webchat/socket`) as SocketLike,
    storage: browserStorage(),
    exclusive: oneTabAtATime,
    now: () => new Date(),
    newId,
    random: Math.random,
    isWatched: () => document.visibilityState === "visible",
  };
}

const oneTabAtATime: Exclusive = async (work) => {
  // Missing on plain-http pages and in older browsers; two tabs then race, harmlessly but for
  // the very first visit.
  const locks = (navigator as { locks?: LockManager }).locks;
  if (!locks) return work();
  let result: Awaited<ReturnType<typeof work>> | undefined;
  await locks.request("frontdoor.session", async () => {
    result = await work();
  });
  return result as Awaited<ReturnType<typeof work>>;
};

function newId(): string {
  // Missing on plain-http pages.
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
