/** The one supervisor's view of this window, wired to the browser. */

import { api } from "../api";
import { live } from "../desk/live";
import { createSupervision, touchedBy } from "./supervision";

const SEEN_KEY = "frontdoor.alerts.seen";

export const supervision = createSupervision({
  api: api.supervision,
  seen: {
    read(): number {
      try {
        return Number(localStorage.getItem(SEEN_KEY)) || 0;
      } catch {
        return 0;
      }
    },
    write(id: number): void {
      try {
        localStorage.setItem(SEEN_KEY, String(id));
      } catch {
        // Storage is full or forbidden: what was looked at is new again in the next window.
      }
    },
  },
});

/** Keep the alerts fresh on every page, for the number in the header; returns how to stop. */
export function watchAlerts(): () => void {
  supervision.refreshAlerts();
  return live.follow((event) => {
    if (event === null || touchedBy(event).includes("alerts")) supervision.refreshAlerts();
  });
}
