/** Sound, window title and desktop notice for customers who wait. */

import { computed, reactive, watch, type WatchHandle } from "vue";

import { words } from "../words";
import { attention, RING_EVERY_MS, shouldRing, titleFor } from "./alarm";
import type { Desk } from "./desk";
import { displayName, mayTake, replyRight } from "./lists";

const MUTED_KEY = "frontdoor.muted";

export function createAlarmBell(desk: Desk) {
  const state = reactive({
    muted: readMuted(),
    /** The browser lets no page sound before it was clicked once. */
    silenced: false,
    notices: "Notification" in globalThis ? Notification.permission : "denied",
  });
  /** Those that the person here may take: what a colleague is asked to take is not theirs. */
  const takeable = computed(() =>
    desk.state.lists.queue.filter((row) => mayTake(replyRight(row, [desk.state.agent?.id]))),
  );
  const waiting = computed(() => takeable.value.length);
  const rings = computed(() =>
    shouldRing(waiting.value, desk.state.agent?.presence, state.muted),
  );

  let audio: AudioContext | null = null;
  let rungAt = 0;
  let known: ReadonlySet<string> = new Set();
  let repeating: ReturnType<typeof setInterval> | undefined;
  let watches: WatchHandle[] = [];

  /** Two soft notes. */
  function ring(): void {
    // A queue that fills and a presence that changes can both ask in the same moment.
    if (Date.now() - rungAt < 1_000) return;
    rungAt = Date.now();
    state.silenced = navigator.userActivation?.hasBeenActive === false;
    if (state.silenced) return;
    audio ??= new AudioContext();
    if (audio.state === "suspended") void audio.resume();
    [660, 880].forEach((pitch, at) => note(audio as AudioContext, pitch, at * 0.18));
  }

  /** One soft note, for what is meant for the person here alone. */
  function chime(): void {
    if (state.muted || navigator.userActivation?.hasBeenActive === false) return;
    audio ??= new AudioContext();
    note(audio, 520, 0);
  }

  function keepRinging(wanted: boolean): void {
    clearInterval(repeating);
    if (!wanted) return;
    ring();
    repeating = setInterval(ring, RING_EVERY_MS);
  }

  function greet(): void {
    const { arrived, waiting: now } = attention(takeable.value, known);
    known = now;
    if (arrived.length === 0) return;
    if (rings.value) keepRinging(true);
    if (state.notices === "granted" && !document.hasFocus()) {
      for (const row of arrived) notify(displayName(row.contact, words.desk.visitor), row.id);
    }
  }

  function notify(name: string, conversationId: string): void {
    // One notice per conversation, without its words: it may show on a locked screen.
    const notice = new Notification(words.sound.notice, { body: name, tag: conversationId });
    notice.onclick = () => {
      window.focus();
      notice.close();
    };
  }

  return {
    state,
    waiting,
    chime,
    toggle(): void {
      state.muted = !state.muted;
      try {
        localStorage.setItem(MUTED_KEY, state.muted ? "1" : "");
      } catch {
        // Not remembered; it still holds for this window.
      }
    },
    async allowNotices(): Promise<void> {
      state.notices = await Notification.requestPermission();
    },
    start(): void {
      watches = [
        watch(rings, keepRinging, { immediate: true }),
        watch(takeable, greet, { immediate: true }),
        watch(
          waiting,
          (count) => (document.title = titleFor(words.product, count)),
          { immediate: true },
        ),
      ];
    },
    stop(): void {
      for (const stop of watches) stop();
      clearInterval(repeating);
      document.title = words.product;
    },
  };
}

function note(audio: AudioContext, pitch: number, delay: number): void {
  const start = audio.currentTime + delay;
  const tone = audio.createOscillator();
  const loudness = audio.createGain();
  tone.frequency.value = pitch;
  loudness.gain.setValueAtTime(0.0001, start);
  loudness.gain.exponentialRampToValueAtTime(0.12, start + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0001, start + 0.35);
  tone.connect(loudness).connect(audio.destination);
  tone.start(start);
  tone.stop(start + 0.4);
}

function readMuted(): boolean {
  try {
    return localStorage.getItem(MUTED_KEY) === "1";
  } catch {
    return false;
  }
}
