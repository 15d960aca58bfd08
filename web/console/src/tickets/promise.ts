/** Statuses in which no clock runs any more. */
export const FINISHED: readonly string[] = ["resolved", "verified", "closed"];

/** The first answer is owed only until someone has taken the ticket on. */
const ANSWERED: readonly string[] = [
  "in_progress",
  "waiting_for_customer",
  "waiting_for_parts",
  ...FINISHED,
];

/** How a promise counts in `status`: as kept once the step it promised has been taken. */
export function statusForClock(clock: string, status: string): string {
  if (clock === "assess_by" && status !== "registered") return "closed";
  if (clock === "respond_by" && ANSWERED.includes(status)) return "closed";
  return status;
}
