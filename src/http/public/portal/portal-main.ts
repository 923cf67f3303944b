// The portal in the browser.
import { start } from "../dom/start.ts";
import { PortalPage } from "./portal-page.ts";

start(PortalPage);
