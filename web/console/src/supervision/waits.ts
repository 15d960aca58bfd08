/** How bad a wait is, by what its team allows. Pure. */

import type { Overview, Summary } from "../api/types";
import { secondsSince } from "../shared/times";

/** In filters: what belongs to no team. */
export const NO_TEAM = "none";

export function patienceOf(
  row: Pick<Summary, "queued_at" | "team">,
  overview: Overview | null,
  now: number,
): "" | "long" | "bad" {
  const team = row.team?.id ?? null;
  const limit = overview?.teams.find((one) => one.id === team)?.limit_seconds;
  if (!limit) return "";
  const waited = secondsSince(row.queued_at, now);
  return waited > limit ? "bad" : waited > limit / 2 ? "long" : "";
}
