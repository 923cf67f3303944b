// One commit's page in the browser.
import { start } from "../dom/start.ts";
import { CommitPage } from "./commits/commit-page.ts";

start(CommitPage);
