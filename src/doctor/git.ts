// Whether the stacks can be read, and whether the Git host lets Capstan do what it must.
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import type { Source } from "../ports.ts";
import type { ForgeDiagnosis, ForgeDoctor } from "../ports-diagnosis.ts";
import { fail, pass, skip, warn } from "./check.ts";
import type { Check, Finding } from "./check.ts";

export interface GitSetting {
  readonly source: Pick<Source, "latest" | "read" | "title">;
  readonly branch: string;
  readonly stacksPath: string;
  /** The first push makes it: an empty one is no mistake. */
  readonly isOwn: boolean;
}

/** `setting`: null when there is no repository yet. */
export function gitCheck(setting: GitSetting | null): Check {
  const look = async (): Promise<Finding> => {
    if (setting === null) return skip("GIT_URL is not set: `run` keeps a repository of its own");
    const { source, branch, stacksPath, isOwn } = setting;
    try {
      const { files, revision } = await source.read(await source.latest());
      const manifests = files.filter(({ path }) => /\.ya?ml$/i.test(path)).length;
      const at = `${branch} at ${revision.id.slice(0, 12)}`;
      if (manifests > 0) return pass(`${source.title}: ${counted(manifests)}, ${at}`);
      const where = stacksPath === "" ? "it" : `the folder ${stacksPath}`;
      return warn(
        `${where} has no YAML in ${at}`,
        "push a first manifest, or set STACKS_PATH to the folder that holds them",
      );
    } catch (error) {
      if (!isOwn || !isCapstanError(error)) throw error;
      if (error.code !== "not-found") throw error;
      return warn("the repository is empty", "push a first manifest to it; `run` prints how");
    }
  };
  return { id: "git", title: "Git", look };
}

function counted(files: number): string {
  return `${files} YAML ${files === 1 ? "file" : "files"}`;
}

export interface ForgeSetting {
  readonly forge: ForgeDoctor;
  readonly title: string;
  readonly branch: string;
  /** Where deliveries are taken; null without PUBLIC_URL. */
  readonly hookUrl: string | null;
  readonly hasSecret: boolean;
  /** When the last delivery that was believed came to this process; null: none did. */
  readonly lastDeliveryMs: (() => number | null) | "not heard here";
  readonly nowMs: () => number;
}

function listed(words: readonly string[]): string {
  const [last = "", ...others] = [...words].reverse();
  return others.length === 0 ? last : `${others.reverse().join(", ")} and ${last}`;
}

export function rightsFinding(
  { login, mayPush, rights, needed, isArchived, defaultBranch }: ForgeDiagnosis,
  branch: string,
): Finding {
  if (isArchived) return fail("the repository is archived", "take it out of the archive");
  if (mayPush === false) {
    return fail(
      `${login} may only read the repository`,
      "give that account the right to write, or use the token of another one",
    );
  }
  const having = (granted: boolean | null): readonly string[] =>
    rights.filter((right) => right.granted === granted).map(({ may }) => may);
  const [lacking, unknown] = [having(false), having(null)];
  if (lacking.length > 0) {
    return fail(
      `the token of ${login} may not ${listed(lacking)}`,
      `make a token with ${needed}, and set it as FORGE_TOKEN`,
    );
  }
  const other = defaultBranch !== null && defaultBranch !== branch;
  const note = other ? `; its default branch is ${defaultBranch}, Capstan reads ${branch}` : "";
  const may = [mayPush === null ? "read it" : "read and write it", ...having(true)];
  const untold = unknown.length === 0 ? "" : `; it does not tell whether it may ${listed(unknown)}`;
  return pass(`${login} may ${listed(may)}${untold}${note}`);
}

function delivered({ lastDeliveryMs, nowMs }: ForgeSetting): string {
  if (lastDeliveryMs === "not heard here")
    return "a running controller knows when the last one came";
  const atMs = lastDeliveryMs();
  if (atMs === null) return "none was delivered since this process began";
  return `the last one came ${Math.round((nowMs() - atMs) / 60_000)} min ago`;
}

export function hookFinding({ hooks }: ForgeDiagnosis, setting: ForgeSetting): Finding {
  const { hookUrl, hasSecret } = setting;
  const without = "without webhooks a push is seen at the next poll";
  if (!hasSecret) return warn(`WEBHOOK_SECRET is not set: ${without}`, "set it, here and there");
  if (hookUrl === null) return warn("PUBLIC_URL is not set: hosts cannot reach it", "set it");
  if (hooks === null) {
    return skip(`the token may not list webhooks; ${delivered(setting)}`);
  }
  const found = hooks.find(({ url }) => url.replace(/\/+$/, "") === hookUrl);
  const make = `make one in the repository's settings: address ${hookUrl}, the content type JSON and the secret WEBHOOK_SECRET`;
  if (found === undefined) return warn(`no webhook leads to ${hookUrl}: ${without}`, make);
  if (!found.active) return fail("the webhook is switched off", "switch it on at the host");
  const status = found.lastStatus;
  if (status !== null && /^[45]\d\d$|^fail|^disabled|^executable/.test(status)) {
    const next = "look at its last deliveries at the host, and send one again";
    return fail(`the host's last delivery was answered ${status}`, next);
  }
  return pass(`it leads here; ${delivered(setting)}`);
}

function notSet(id: string, title: string, message: string): Check {
  return { id, title, look: async () => skip(`FORGE is not set: ${message}`) };
}

/** `setting`: null without a Git host. */
export function forgeChecks(setting: ForgeSetting | null): readonly Check[] {
  if (setting === null) {
    return [
      notSet("forge.token", "Git host", "no checks on commits, no plans on pull requests"),
      notSet("forge.webhook", "Webhook", "a push is seen at the next look at Git"),
    ];
  }
  let diagnosis: Promise<ForgeDiagnosis> | null = null;
  const diagnosed = (): Promise<ForgeDiagnosis> => (diagnosis ??= setting.forge.diagnose());
  return [
    {
      id: "forge.token",
      title: "Git host",
      async look() {
        const found = await diagnosed();
        const { status, message, next } = rightsFinding(found, setting.branch);
        return { status, message: `${setting.title}: ${message}`, next };
      },
    },
    {
      id: "forge.webhook",
      title: "Webhook",
      look: async () =>
        hookFinding(
          await diagnosed().catch(() => {
            throw new CapstanError("unavailable", "the Git host cannot be asked", {
              hint: "see the Git host's own line",
            });
          }),
          setting,
        ),
    },
  ];
}
