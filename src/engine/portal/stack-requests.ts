// A stack that somebody asks for, from its name to the manifest in Git: a new one, or one of theirs once more when
// its last deployment failed.
import { CapstanError, isCapstanError } from "../../lib/errors.ts";
import type { DeploymentRecord } from "../../model/deployment.ts";
import type { FileChange } from "../../model/forge.ts";
import type { Person } from "../../model/person.ts";
import type { Deployments } from "./deployments.ts";
import type { PortalDeps } from "./deps.ts";
import { documentOf, withDocument } from "./documents.ts";
import type { ManifestChecks } from "./manifest-checks.ts";
import { portalManifest, withParameters } from "./manifest-text.ts";
import type { ParameterValue } from "./manifest-text.ts";
import type { ManifestFile, Manifests } from "./manifests.ts";
import type { Names } from "./names.ts";
import type { OwnStacks } from "./own-stacks.ts";
import type { FoundTemplate } from "./templates.ts";

export interface AskedStack {
  readonly name: string;
  readonly found: FoundTemplate;
  readonly values: Readonly<Record<string, ParameterValue>>;
  /** Values were named; without any, a stack that is in Git already stays as it is. */
  readonly hasValues: boolean;
}

export interface StackRequestParts {
  readonly names: Names;
  readonly manifests: Manifests;
  readonly deployments: Deployments;
  readonly own: OwnStacks;
  readonly checks: ManifestChecks;
}

/** What goes to Git. */
interface Prepared {
  readonly title: string;
  /** Empty: it is there, and only deployed again. */
  readonly files: readonly FileChange[];
  readonly url: string | null;
  /** Git has it now. */
  readonly written: () => void;
}

/** Call the function alone, as two requests must not meet; it throws what `Portal.deploy` throws. */
export function createStackRequests(deps: PortalDeps, parts: StackRequestParts) {
  const { engine, changes } = deps;
  const { names, manifests, deployments, own, checks } = parts;

  /** Their deployment of the name that goes on; null when there is none. */
  function running(name: string, person: Person): DeploymentRecord | null {
    const open = deployments.open().find((one) => one.name === name);
    if (open === undefined) return null;
    if (open.owner.id === person.id) return open;
    throw new CapstanError("conflict", `${name} is taken`, { hint: "choose another name" });
  }

  /** Whether it is one of theirs that failed. */
  async function isAgain({ name, found }: AskedStack, person: Person): Promise<boolean> {
    const failed = deployments.newestOf(name)?.end?.status === "failed";
    const verdict = await names.checkAlone(name, found.template.name, person);
    if (!verdict.valid) throw new CapstanError("invalid", verdict.error ?? `${name} is refused`);
    if (verdict.yours && failed) return true;
    if (verdict.available) return false;
    throw new CapstanError("conflict", verdict.error ?? `${name} is taken`, {
      hint: verdict.yours ? "open it, or remove it first" : "choose another name",
    });
  }

  function newStack({ name, found, values }: AskedStack, person: Person): Prepared {
    // Only operators come as far as this with somebody else's files in the way.
    const adopts = names.takesOver(name, person);
    const text = portalManifest(name, found.template.name, values, person, adopts);
    const fresh = checks.fresh(name, text, found);
    return {
      title: `Add the stack ${name}`,
      files: [{ path: manifests.newPath(name), content: text, was: null }],
      url: fresh.url,
      written: () => checks.written(name, fresh),
    };
  }

  async function presentStack(asked: AskedStack, present: ManifestFile): Promise<Prepared> {
    const files = asked.hasValues ? [changedFile(present, asked)] : [];
    return {
      title: `Change the stack ${asked.name}`,
      files,
      url: await checks.whole(asked.name, files),
      written: () => undefined,
    };
  }

  async function write(record: DeploymentRecord, prepared: Prepared, person: Person) {
    const { title, files } = prepared;
    const { name } = record;
    if (files.length === 0) {
      engine.redeploy(name, null, person.name);
      return deployments.written(record, null);
    }
    try {
      const made = await changes.make({ topic: `add-${name}`, title, person, files });
      prepared.written();
      if (made.kind === "committed") engine.poke("portal");
      return deployments.written(record, made);
    } catch (error) {
      if (isCapstanError(error, "uncertain")) return deployments.written(record, null);
      deployments.drop(record);
      throw error;
    }
  }

  return async (asked: AskedStack, person: Person): Promise<DeploymentRecord> => {
    const { name, found } = asked;
    const open = running(name, person);
    if (open !== null) return open;
    const again = await isAgain(asked, person);
    if (!again) own.checkQuota(person);
    const present = again ? await manifests.fileOf(name) : null;
    const prepared =
      present === null ? newStack(asked, person) : await presentStack(asked, present);
    const template = found.template.name;
    const record = deployments.create({ name, template, url: prepared.url, person });
    await deployments.kept();
    return write(record, prepared, person);
  };
}

/** The file with what is asked of a stack that is in Git already. Throws `conflict` when that has no place in it. */
function changedFile(present: ManifestFile, { name, found, values }: AskedStack): FileChange {
  const document = documentOf(present.text, name);
  const changed = document === null ? null : withParameters(document, found.template.name, values);
  const content = changed === null ? null : withDocument(present.text, name, changed);
  if (content !== null) return { path: present.path, content, was: present.text };
  throw new CapstanError("conflict", `${present.path} was changed by hand`, {
    hint: "ask an operator, or remove the stack and make it again",
  });
}
