// The documentation in the browser: it is whole without a script, which only adds buttons that copy blocks of code.
import { addCopyButtons } from "../dom/copy-buttons.ts";
import { copiedText, isForCopying } from "./copied.ts";

addCopyButtons(document, { isForCopying, copiedText });
