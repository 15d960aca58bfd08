/** The widget's style sheets as one text, in the order they apply. */

import base from "./style/base.css?inline";
import bubble from "./style/bubble.css?inline";
import composer from "./style/composer.css?inline";
import launcher from "./style/launcher.css?inline";
import log from "./style/log.css?inline";
import rating from "./style/rating.css?inline";
import screens from "./style/screens.css?inline";
import window from "./style/window.css?inline";

export const css = [base, launcher, window, log, bubble, rating, composer, screens].join("\n");
