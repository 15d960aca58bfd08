/** Times as the customer reads them. Pure. */

import type { Words } from "./words";

export class WallClock {
  private readonly time: Intl.DateTimeFormat;
  private readonly day: Intl.DateTimeFormat;

  constructor(
    zone: string,
    private readonly words: Pick<Words, "today" | "yesterday">,
  ) {
    // en-GB and sv-SE for their digits: 14:03 and 2025-03-09.
    const timeZone = isTimeZone(zone) ? zone : undefined;
    const digits = { hour: "2-digit", minute: "2-digit" } as const;
    this.time = new Intl.DateTimeFormat("en-GB", { timeZone, ...digits });
    this.day = new Intl.DateTimeFormat("sv-SE", { timeZone });
  }

  /** 14:03 */
  timeOf(iso: string): string {
    return this.time.format(new Date(iso));
  }

  /** 今天, 昨天, 03-09 or 2024-03-09. */
  dayOf(iso: string, now: Date): string {
    const day = this.day.format(new Date(iso));
    const today = this.day.format(now);
    const yesterday = this.day.format(new Date(now.getTime() - 86_400_000));
    if (day === today) return this.words.today;
    if (day === yesterday) return this.words.yesterday;
    return day.slice(0, 4) === today.slice(0, 4) ? day.slice(5) : day;
  }
}

/** A misspelt zone on the host page must not take the chat down: then the browser's own is used. */
function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
