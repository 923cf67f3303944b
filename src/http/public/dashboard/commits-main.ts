// The list of commits in the browser.
import { start } from "../dom/start.ts";
import { CommitsPage } from "./commits/commits-page.ts";

start(CommitsPage);
