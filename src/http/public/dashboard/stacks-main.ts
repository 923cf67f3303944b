// The list of stacks in the browser.
import { start } from "../dom/start.ts";
import { StacksPage } from "./stacks/stacks-page.ts";

start(StacksPage);
