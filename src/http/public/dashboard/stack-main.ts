// One stack's page in the browser.
import { start } from "../dom/start.ts";
import { StackPage } from "./stack/stack-page.ts";

start(StackPage);
