/** One clock for everything on the screen that counts seconds. */

import { onScopeDispose, readonly, ref, type Ref } from "vue";

const now = ref(Date.now());
let users = 0;
let ticking: ReturnType<typeof setInterval> | undefined;

export function useNow(): Readonly<Ref<number>> {
  if (users++ === 0) {
    now.value = Date.now();
    ticking = setInterval(() => (now.value = Date.now()), 1_000);
  }
  onScopeDispose(() => {
    if (--users === 0) clearInterval(ticking);
  });
  return readonly(now);
}
