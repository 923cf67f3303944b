// What a token may do with its repository, and the webhooks there. What the token may not see is null.
import { z } from "zod";
import { isCapstanError } from "../lib/errors.ts";
import type { ForgeDiagnosis, HookInfo } from "../ports-diagnosis.ts";
import type { Ask, Rest } from "./rest.ts";
import { rightsByProbes, rightsByScopes } from "./rights.ts";
import type { Probe } from "./rights.ts";

const mostHooks = 100;
/** GitLab's number for a developer, who may push. */
const developer = 30;

const repository = z.object({
  archived: z.boolean().default(false),
  default_branch: z.string().nullish(),
  permissions: z.object({ push: z.boolean() }).nullish(),
});
const hook = z
  .object({
    active: z.boolean().default(true),
    config: z.object({ url: z.string().default("") }).default({ url: "" }),
    // GitHub alone says how the last one went.
    last_response: z.object({ code: z.number().nullish(), status: z.string().nullish() }).nullish(),
  })
  .transform(({ active, config: { url }, last_response: last }): HookInfo => {
    const code = last?.code ?? null;
    return { url, active, lastStatus: code === null ? null : String(code) };
  });

const level = z.object({ access_level: z.number() }).nullish();
const project = z.object({
  archived: z.boolean().default(false),
  default_branch: z.string().nullish(),
  permissions: z.object({ project_access: level, group_access: level }).nullish(),
});
const projectHook = z
  .object({
    url: z.string(),
    alert_status: z.string().nullish(),
    disabled_until: z.string().nullish(),
  })
  .transform(({ url, alert_status: alert, disabled_until: until }): HookInfo => {
    const isOff = alert === "disabled" || (until ?? "") !== "";
    return { url, active: !isOff, lastStatus: alert ?? null };
  });

/** Null where the token may not see them. */
async function hooksOf(
  rest: Rest,
  ask: Ask,
  one: z.ZodType<HookInfo>,
): Promise<readonly HookInfo[] | null> {
  try {
    return await rest.listOrNull(ask, z.array(one), mostHooks);
  } catch (error) {
    if (isCapstanError(error, "forbidden") || isCapstanError(error, "unauthorised")) return null;
    throw error;
  }
}

/** On Gitea, Forgejo and GitHub. `repo`: the address of the repository; `probes`: what else is needed there. */
export async function diagnoseRepository(
  rest: Rest,
  repo: string,
  login: () => Promise<string>,
  probes: readonly Probe[],
): Promise<ForgeDiagnosis> {
  const named = await login();
  const found = await rest.read({ path: repo, what: "read the repository" }, repository);
  const hooks = await hooksOf(rest, { path: `${repo}/hooks`, what: "list webhooks" }, hook);
  return {
    login: named,
    mayPush: found.permissions?.push ?? null,
    rights: await rightsByProbes(rest, probes),
    needed: rest.dialect.rights,
    isArchived: found.archived,
    defaultBranch: found.default_branch ?? null,
    hooks,
  };
}

/** On GitLab. `path`: the address of the project. */
export async function diagnoseProject(
  rest: Rest,
  path: string,
  login: () => Promise<string>,
): Promise<ForgeDiagnosis> {
  const named = await login();
  const found = await rest.read({ path, what: "read the project" }, project);
  const hooks = await hooksOf(rest, { path: `${path}/hooks`, what: "list webhooks" }, projectHook);
  const levels = [found.permissions?.project_access, found.permissions?.group_access].flatMap(
    (one) => one?.access_level ?? [],
  );
  return {
    login: named,
    // Nothing is told of an administrator, who is no member.
    mayPush: levels.length === 0 ? null : Math.max(...levels) >= developer,
    rights: await rightsByScopes(rest),
    needed: rest.dialect.rights,
    isArchived: found.archived,
    defaultBranch: found.default_branch ?? null,
    hooks,
  };
}
