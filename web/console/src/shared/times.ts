/** Times as people read them. The desk works in one time zone wherever the browser is. */

const ZONE = "Asia/Shanghai";

const clock = new Intl.DateTimeFormat("zh-CN", {
  timeZone: ZONE,
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const parts = new Intl.DateTimeFormat("en-CA", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});

function read(at: string | null | undefined): Date | null {
  if (!at) return null;
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** `2026-11-21`, in the desk's zone. */
export function dayOf(at: string | Date): string {
  return parts.format(typeof at === "string" ? new Date(at) : at);
}

/** `14:05` */
export function clockTime(at: string | null | undefined): string {
  const date = read(at);
  return date ? clock.format(date) : "";
}

/** `今天 14:05`, `昨天 14:05`, `11-20 14:05`, `2025-11-20 14:05` */
export function dayAndTime(at: string | null | undefined, now: Date = new Date()): string {
  const date = read(at);
  return date ? `${dayName(date, now)} ${clock.format(date)}` : "";
}

export function dayName(at: string | Date, now: Date = new Date()): string {
  const day = dayOf(at);
  if (day === dayOf(now)) return "今天";
  if (day === dayOf(new Date(now.getTime() - DAY))) return "昨天";
  if (day === dayOf(new Date(now.getTime() + DAY))) return "明天";
  return day.slice(0, 4) === dayOf(now).slice(0, 4) ? day.slice(5) : day;
}

/** What a customer's words meant, as precisely as they were meant: `约 昨天 20:00`, `2026-02`. */
export function meantTime(
  at: string | null | undefined,
  precision: string | null | undefined,
  now: Date = new Date(),
): string {
  const date = read(at);
  if (!date) return "";
  const moment = dayAndTime(at, now);
  if (precision === "minute") return moment;
  if (precision === "hour") return `约 ${moment}`;
  if (precision === "part_of_day") return `${moment} 起`;
  if (precision === "month") return dayOf(date).slice(0, 7);
  return precision === "day" ? dayName(date, now) : `约 ${dayName(date, now)}`;
}

/** For narrow columns: the clock today, otherwise the day. */
export function shortTime(at: string | null | undefined, now: Date = new Date()): string {
  const date = read(at);
  if (!date) return "";
  const day = dayName(date, now);
  return day === "今天" ? clock.format(date) : day;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** `00:42`, `12:05`, `1:02:03`, counting up. */
export function elapsed(since: string | null | undefined, now: number): string {
  const date = read(since);
  if (!date) return "";
  const seconds = Math.max(0, Math.floor((now - date.getTime()) / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

export function secondsSince(since: string | null | undefined, now: number): number {
  const date = read(since);
  return date ? Math.max(0, (now - date.getTime()) / 1000) : 0;
}

/** How long until a promise is due: `2 小时 5 分钟`; null once it has passed. */
export function timeLeft(until: string | null | undefined, now: number): string | null {
  const date = read(until);
  if (!date) return "";
  const left = date.getTime() - now;
  if (left <= 0) return null;
  const allMinutes = Math.ceil(left / MINUTE);
  const days = Math.floor(allMinutes / (24 * 60));
  const hours = Math.floor(allMinutes / 60) % 24;
  const minutes = allMinutes % 60;
  if (days > 0) return `${days} 天 ${hours} 小时`;
  return hours > 0 ? `${hours} 小时 ${minutes} 分钟` : `${minutes} 分钟`;
}

/** Whole seconds that are left until then; none when it is over or unknown. */
export function secondsUntil(at: string | null | undefined, now: number): number {
  const date = read(at);
  return date ? Math.max(0, Math.ceil((date.getTime() - now) / 1000)) : 0;
}
