/** Puts the chat on the page that carries the script tag. */

import { Chat } from "./chat";
import { readOptions } from "./options";
import { Widget } from "./view/widget";
import { browserWorld } from "./world";

// Only known while the script runs for the first time.
const script = document.currentScript as HTMLScriptElement | null;

function start(): void {
  // A tag manager may well include the script twice.
  if (document.getElementById("frontdoor-chat")) return;
  const options = readOptions(script, window.location);
  const world = browserWorld(options.server);
  const chat = new Chat(world);
  const widget = new Widget(chat, options, world.storage);
  document.body.append(widget.host);
  // Without anything to come back to, the server hears of this visitor when the chat is opened.
  if (chat.isWorthResuming) chat.start();
  if (options.open) widget.open();
}

if (document.body) start();
else document.addEventListener("DOMContentLoaded", start);
