// The events in the browser.
import { start } from "../dom/start.ts";
import { EventsPage } from "./events/events-page.ts";

start(EventsPage);
