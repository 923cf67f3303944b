// The words in which a plan is told to people: services, children and fields by their names in a
// manifest, never by keys, ids or the names of actions. Texts from a server lose control characters.
import type { Problem } from "../../model/desired.ts";
import { childKey, destinationOf } from "../../model/children.ts";
import { rootOf } from "../../model/fields.ts";
import { kindOf, kindTitle, managedKinds } from "../../model/kinds/table.ts";
import type { Action } from "../../model/plan.ts";
import { isJobKey, jobName, jobPrefix } from "../../model/rollout-job.ts";
import type { Child } from "../../model/children.ts";

/** A few names, then how many more. */
export function listed(names: readonly string[]): string {
  return names.length > 4
    ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`
    : names.join(", ");
}

/** `web` of `app/web`, `web (staging)` of `app/web@staging`, `job before web` of `job/web`. */
export function serviceTitle(key: string): string {
  const name = key.slice(key.indexOf("/") + 1);
  const at = name.indexOf("@");
  const title = at === -1 ? name : `${name.slice(0, at)} (${name.slice(at + 1)})`;
  return isJobKey(key) ? jobName(title) : title;
}

const prefixes = [...new Set(managedKinds.map((kind) => kindOf(kind).prefix)), jobPrefix].join("|");
const keyInText = new RegExp(`\\b(?:${prefixes})/[a-z0-9-]+(?:@[a-z0-9-]+)?`, "g");

const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text of unknown origin in one line: it can neither move a cursor nor turn a line around. */
export function oneLineOf(text: string): string {
  return text.replace(controls, (character) => (character === "\n" ? "↵" : "�"));
}

/** A sentence of the planner with services by their names. */
export function sentence(text: string): string {
  return oneLineOf(text).replace(keyInText, (key) => serviceTitle(key));
}

/** What identifies a child among those of its kind, never its content: `shop.example.com`, `/data`. */
export function childName(child: Child): string {
  return childKey(child);
}

const childKinds: Readonly<Partial<Record<Child["kind"], string>>> = {
  basicAuth: "basic auth",
  volumeBackup: "volume backup",
};

/** `domain shop.example.com`, `mount /data`. */
export function childTitle(child: Child): string {
  return `${childKinds[child.kind] ?? child.kind} ${childName(child)}`;
}

const childRoots: Readonly<Record<string, string>> = {
  domains: "domain",
  mounts: "mount",
  ports: "port",
  redirects: "redirect",
  basicAuth: "basic auth",
  schedules: "schedule",
  backups: "backup",
  volumeBackups: "volume backup",
};

/** A field by its path in the manifest; those of children by their names. */
export function fieldTitle(path: string): string {
  const root = rootOf(path);
  const word = childRoots[root];
  if (word === undefined || path === root) return oneLineOf(path);
  return oneLineOf(`${word} ${path.slice(root.length + 1)}`);
}

/** What was stored is nobody's to delete here. */
function storedNote(child: Child): string {
  return destinationOf(child) === null ? "" : " (what it stored stays in its destination)";
}

/** `DNS record shop.example.com A` */
export function recordTitle({
  host,
  recordType,
}: {
  readonly host: string;
  readonly recordType: string;
}): string {
  return `DNS record ${host} ${recordType}`;
}

/** What an action does, as an order: `create domain shop.example.com`. */
export function actionTitle(action: Action): string {
  switch (action.type) {
    case "create-project":
      return `create project ${action.name}`;
    case "update-project":
      return `change project ${action.name}`;
    case "create-environment":
      return `create environment ${action.environment}`;
    case "create-service":
      return isJobKey(action.service)
        ? `create ${serviceTitle(action.service)}`
        : `create ${kindTitle(action.kind)} ${serviceTitle(action.service)}`;
    case "move-service":
      return `move ${serviceTitle(action.service)} to environment ${action.environment}`;
    case "create-child":
      return `create ${childTitle(action.child)}`;
    case "update-child":
      return `change ${childTitle(action.child)}`;
    case "delete-child":
      return `delete ${childTitle(action.child)}${storedNote(action.child)}`;
    case "configure-service":
      return `configure ${serviceTitle(action.service)}`;
    case "rollout":
      return `roll out ${serviceTitle(action.service)}`;
    case "stop-service":
      return `stop ${serviceTitle(action.service)}`;
    case "mark":
      return "record what was changed";
    case "delete-service":
      return `delete ${action.kind} ${action.name}`;
    case "delete-environment":
      return `delete environment ${action.environment}`;
    case "delete-project":
      return `delete project ${action.name}`;
    case "create-record":
      return `create ${recordTitle(action)}`;
    case "update-record":
      return `change ${recordTitle(action)}`;
    case "delete-record":
      return `delete ${recordTitle(action)}`;
  }
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** Commits at the length that people use; other revisions as they are, bounded. */
export function shortRevision(revision: string): string {
  return revision.slice(0, 12);
}

/** `stacks/shop.yaml:7:3 unknown key imge (did you mean image?)` */
export function problemLine({ place, message, hint }: Omit<Problem, "stack">): string {
  const text = `${place.file}:${place.line}:${place.column} ${message}`;
  return hint === null ? text : `${text} (${hint})`;
}

/** The same for the same mistake, wherever it moved within its file. */
export function problemKey({ place, message, stack }: Problem): string {
  return JSON.stringify([place.file, stack, message]);
}

/** The first of several in words, and how many more there are. */
export function firstOf(count: number, first: string): string {
  return count > 1 ? `${first} (and ${count - 1} more)` : first;
}
