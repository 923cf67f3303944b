// The problems in the browser.
import { start } from "../dom/start.ts";
import { ProblemsPage } from "./problems/problems-page.ts";

start(ProblemsPage);
