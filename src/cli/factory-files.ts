// Which file makes each factory: `main.ts` loads it only when a command calls one.
import type { Factories, SettingsFactories } from "./context.ts";

/** Of those beside `main.ts`; `app-settings` does without any server. */
export type FactoryFile = "app" | "app-settings";

type In<File extends FactoryFile> = File extends "app-settings"
  ? keyof SettingsFactories
  : Exclude<keyof Factories, keyof SettingsFactories>;

const files: {
  readonly [Name in keyof Factories]: Name extends keyof SettingsFactories ? "app-settings" : "app";
} = {
  open: "app",
  openController: "app",
  openAgent: "app",
  openDoctor: "app",
  serveAgent: "app",
  manifestSettings: "app-settings",
  remoteSettings: "app-settings",
  openSecrets: "app",
  openDns: "app",
  openLease: "app",
  openPlatform: "app",
  notifications: "app",
  readFolder: "app-settings",
  openLogIngest: "app",
  startSimulator: "app",
  openRepository: "app",
  commit: "app",
};

export function factoriesIn<File extends FactoryFile>(file: File): readonly In<File>[] {
  return (Object.keys(files) as (keyof Factories)[]).filter(
    (name) => files[name] === file,
  ) as unknown as readonly In<File>[];
}
