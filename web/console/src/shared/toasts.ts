/** Short words about something that just happened; errors stay until dismissed. */

import { reactive } from "vue";

import { describe, type Failure } from "./failure";

export interface Toast {
  id: number;
  kind: "done" | "info" | "error";
  text: string;
  advice: string;
}

export const toasts = reactive<Toast[]>([]);

let lastId = 0;

function show(kind: Toast["kind"], { message, advice }: Failure): void {
  // The same trouble twice is one message, and what was done last is enough.
  const same = toasts.findIndex(
    (toast) => toast.text === message || (kind === "done" && toast.kind === "done"),
  );
  if (same !== -1) toasts.splice(same, 1);
  const id = ++lastId;
  toasts.push({ id, kind, text: message, advice });
  if (toasts.length > 4) toasts.shift();
  if (kind !== "error") setTimeout(() => dismiss(id), 4_000);
}

export const tellDone = (text: string): void => show("done", { message: text, advice: "" });
export const tellInfo = (text: string): void => show("info", { message: text, advice: "" });
export const tellError = (error: unknown): void => show("error", describe(error));

export function dismiss(id: number): void {
  const at = toasts.findIndex((toast) => toast.id === id);
  if (at !== -1) toasts.splice(at, 1);
}
