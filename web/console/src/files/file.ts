/** A file a customer sent, looked for until it is here or surely lost. No DOM. */

import { reactive } from "vue";

import type { Api } from "../api";
import { ApiError } from "../api/http";
import type { Attachment } from "../api/types";
import { realTimers, type Timers } from "../shared/timers";

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

export interface FileState {
  /** `null`: not known yet. */
  status: "waiting" | "stored" | "failed" | null;
  contentType: string;
}

export function watchFile(
  file: Attachment,
  api: Pick<Api["files"], "status">,
  timers: Timers = realTimers,
) {
  const state = reactive<FileState>({ status: null, contentType: "" });
  let timer: unknown;
  let pause = FIRST_PAUSE_MS;
  let stopped = false;

  async function look(): Promise<void> {
    try {
      const { attachment } = await api.status(file.id);
      state.status = attachment.status;
      state.contentType = attachment.content_type ?? "";
    } catch (error) {
      // Without a line to the server it is only late.
      state.status = error instanceof ApiError && error.status === 404 ? "failed" : "waiting";
    }
    if (stopped || state.status !== "waiting") return;
    timer = timers.set(() => void look(), pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }

  return {
    state,
    look,
    stop(): void {
      stopped = true;
      timers.clear(timer);
    },
  };
}
