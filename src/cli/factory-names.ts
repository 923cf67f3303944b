// The names of the factories: what `main.ts` makes only when a command calls one.
import type { Factories } from "./context.ts";

const all: Readonly<Record<keyof Factories, true>> = {
  open: true,
  openController: true,
  openAgent: true,
  openDoctor: true,
  serveAgent: true,
  manifestSettings: true,
  remoteSettings: true,
  openDns: true,
  notifications: true,
  readFolder: true,
  openLogIngest: true,
  startSimulator: true,
  openRepository: true,
  commit: true,
};

export const factoryNames = Object.keys(all) as (keyof Factories)[];

/** Those that do without any server, and are loaded without the rest. */
export const settingsNames = ["manifestSettings", "remoteSettings", "readFolder"] as const;
