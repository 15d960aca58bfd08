/** Who is signed in, and what they may see. */

import { reactive } from "vue";

import { api, signedOut } from "../api";
import { ApiError } from "../api/http";
import type { Role, User } from "../api/types";
import { describe, type Failure } from "../shared/failure";

export const session = reactive({
  user: null as User | null,
  /** Signed out by the server in the middle of something: ask again without leaving the page. */
  expired: false,
  /** Set when the server could not be asked who is signed in. */
  unreachable: null as Failure | null,
});

const DESK_ROLES: readonly Role[] = ["agent", "supervisor", "admin"];
const CONTENT_ROLES: readonly Role[] = ["editor", "supervisor", "admin"];

export const seesDesk = (user: User | null): boolean =>
  user !== null && DESK_ROLES.includes(user.role);
export const seesContent = (user: User | null): boolean =>
  user !== null && CONTENT_ROLES.includes(user.role);

export const supervises = (user: User | null): boolean =>
  user?.role === "supervisor" || user?.role === "admin";
export const administers = (user: User | null): boolean => user?.role === "admin";

export const hasAnArea = (user: User | null): boolean => seesDesk(user) || seesContent(user);

export function homeOf(user: User): string {
  return seesDesk(user) ? "/desk" : "/content";
}

/** Only a place inside the console may be returned to, never another site. */
export function safeReturn(next: unknown): string | null {
  return typeof next === "string" && /^\/(?![/\\])/.test(next) && !next.startsWith("/sign-in")
    ? next
    : null;
}

/** The user, asking the server the first time; null when nobody is signed in. */
export async function whoAmI(): Promise<User | null> {
  if (session.user) return session.user;
  try {
    session.unreachable = null;
    session.user = (await api.auth.me()).user;
  } catch (error) {
    const nobody = error instanceof ApiError && error.status === 401;
    if (!nobody) session.unreachable = describe(error);
  }
  return session.user;
}

export async function signIn(username: string, password: string): Promise<User> {
  const before = session.user;
  const { user } = await api.auth.login(username, password);
  if (session.expired && before && before.id !== user.id) {
    // Someone else at the same desk: nothing of the former user may stay in memory.
    globalThis.location.assign(import.meta.env.BASE_URL);
  }
  session.user = user;
  session.expired = false;
  session.unreachable = null;
  return user;
}

export async function signOut(): Promise<void> {
  try {
    await api.auth.logout();
  } finally {
    // A fresh page forgets every customer's words this one was holding.
    globalThis.location.assign(`${import.meta.env.BASE_URL}sign-in`);
  }
}

signedOut.listener = () => {
  if (session.user) session.expired = true;
};
