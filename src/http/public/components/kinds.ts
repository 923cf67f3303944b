// Kinds of resources: the word and the icon of each.
import type { TreeNode } from "../../api/shapes/stack.ts";
import type { IconName } from "./icon.ts";

interface KindLook {
  readonly word: string;
  readonly icon: IconName;
}

const kinds: Readonly<Record<TreeNode["kind"], KindLook>> = {
  project: { word: "Project", icon: "folder" },
  environment: { word: "Environment", icon: "layers" },
  application: { word: "Application", icon: "box" },
  database: { word: "Database", icon: "database" },
  compose: { word: "Compose", icon: "layers" },
  job: { word: "Job", icon: "play" },
  domain: { word: "Domain", icon: "globe" },
  mount: { word: "Volume", icon: "disk" },
  port: { word: "Port", icon: "plug" },
  redirect: { word: "Redirect", icon: "return" },
  basicAuth: { word: "Password", icon: "key" },
  schedule: { word: "Schedule", icon: "clock" },
  backup: { word: "Backup", icon: "clock" },
  volumeBackup: { word: "Volume backup", icon: "clock" },
  unmanaged: { word: "Not in Git", icon: "help" },
  orphan: { word: "Left over", icon: "alert" },
};

/** Kinds that a newer server may name are shown by their own word. */
export function kindLook(kind: string): KindLook {
  return (kinds as Readonly<Record<string, KindLook>>)[kind] ?? { word: kind, icon: "box" };
}
