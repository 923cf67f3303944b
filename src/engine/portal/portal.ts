// The portal: a person asks for a stack by its name, and a manifest goes to Git. The reconciler does the
// rest; the portal never touches Dokploy.
import { CapstanError, isCapstanError } from "../../lib/errors.ts";
import type { DeploymentRecord, DeploymentState } from "../../model/deployment.ts";
import type { Person } from "../../model/person.ts";
import { mayDo } from "../../model/person.ts";
import type { FileChange } from "../../model/forge.ts";
import type { ProposalPlan } from "../reader/plan-sets.ts";
import { treeWith } from "./candidate.ts";
import type { Change } from "./git-changes.ts";
import { portalManifest, withParameters } from "./manifest-text.ts";
import type { ParameterValue } from "./manifest-text.ts";
import { createDeployments } from "./deployments.ts";
import type { PortalDeps } from "./deps.ts";
import { documentOf, withDocument } from "./documents.ts";
import { createManifests } from "./manifests.ts";
import type { ManifestFile } from "./manifests.ts";
import { createManifestChecks } from "./manifest-checks.ts";
import { createNames } from "./names.ts";
import type { FoundTemplate, NameVerdict } from "./names.ts";
import { createOwnStacks } from "./own-stacks.ts";
import type { OwnStack } from "./own-stacks.ts";
import { formOf } from "./form.ts";
import type { PortalForm } from "./form.ts";
import { readParameters } from "./parameters.ts";

export interface DeployRequest {
  readonly name: string;
  readonly template?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
}

/** All throw `unavailable` while this process does not work, or Git was not read yet. */
export interface Portal {
  /** Throws `unavailable` when Git has no such template. */
  form(): Promise<PortalForm>;
  check(name: string, person: Person): Promise<NameVerdict>;
  /**
   * Asks for a stack. The same person asking for the same name again gets the deployment that goes on. Throws
   * `invalid` for a name or a parameter that is refused, `conflict` for one that is taken, `denied` when
   * the person has as many stacks as are allowed.
   */
  deploy(request: DeployRequest, person: Person): Promise<DeploymentRecord>;
  /** Null for an id that is not known. */
  state(id: string): Promise<DeploymentState | null>;
  /** Calls when the state may have changed; the returned function ends that. */
  watch(id: string, changed: () => void): () => void;
  /** The person's stacks, sorted by name; those that wait for a review too. */
  own(person: Person): Promise<readonly OwnStack[]>;
  /** The newest deployments, the newest first: the person's own, or, for an operator, everybody's. */
  deployments(person: Person, limit: number): Promise<readonly DeploymentState[]>;
  /** Takes the stack's manifest out of Git; a pull request that asks for it already is given again. Throws `denied` for somebody else's, `not-found`, `conflict`. */
  remove(name: string, person: Person): Promise<Change>;
  /** Restores the manifest of an earlier revision. For operators; throws `not-found`, `invalid`, `conflict`. */
  revert(stack: string, revision: string, person: Person): Promise<Change>;
  /** What `revert` would do to the server. */
  revertPreview(stack: string, revision: string): Promise<ProposalPlan>;
  /** Nothing is followed any more; may be called twice. */
  close(): void;
}

export function createPortal(deps: PortalDeps): Portal {
  const { engine, changes, settings } = deps;
  const names = createNames(deps);
  const manifests = createManifests(deps);
  const deployments = createDeployments(deps);
  const own = createOwnStacks(deps, names, deployments);
  const checks = createManifestChecks(deps, { manifests, names, deployments });

  /** The file with what is asked of a stack that is in Git already. */
  function changedFile(
    present: ManifestFile,
    { name, template }: { readonly name: string; readonly template: string },
    values: Readonly<Record<string, ParameterValue>>,
  ): FileChange {
    const document = documentOf(present.text, name);
    const changed = document === null ? null : withParameters(document, template, values);
    const content = changed === null ? null : withDocument(present.text, name, changed);
    if (content !== null) return { path: present.path, content, was: present.text };
    throw new CapstanError("conflict", `${present.path} was changed by hand`, {
      hint: "ask an operator, or remove the stack and make it again",
    });
  }

  /** Whether a deployment that was completed tells of a stack that is not there any more, or of another one. */
  function isPast({ id, name }: { readonly id: string; readonly name: string }): boolean {
    const loaded = engine.loaded();
    if (loaded === null) return false;
    const isInGit = loaded.byName.has(name) || loaded.manifests.brokenStacks.has(name);
    const newest = deployments.newestOf(name);
    const isOthers = newest !== null && newest.owner.id !== deployments.ownerOf(id);
    return !isInGit || isOthers;
  }

  async function begin(
    { name, parameters = {} }: DeployRequest,
    found: FoundTemplate,
    values: Readonly<Record<string, ParameterValue>>,
    person: Person,
  ): Promise<DeploymentRecord> {
    const templateName = found.template.name;
    const running = deployments.open().find((one) => one.name === name);
    if (running !== undefined) {
      if (running.owner.id === person.id) return running;
      throw new CapstanError("conflict", `${name} is taken`, { hint: "choose another name" });
    }
    const failed = deployments.newestOf(name)?.end?.status === "failed";
    const verdict = await names.checkAlone(name, templateName, person);
    const isAgain = verdict.yours && failed;
    if (!verdict.valid) throw new CapstanError("invalid", verdict.error ?? `${name} is refused`);
    if (!verdict.available && !isAgain) {
      throw new CapstanError("conflict", verdict.error ?? `${name} is taken`, {
        hint: verdict.yours ? "open it, or remove it first" : "choose another name",
      });
    }
    if (!isAgain) own.checkQuota(person);
    // Only operators come as far as this with somebody else's files in the way.
    const adopts = names.takesOver(name, person);
    const text = portalManifest(name, templateName, values, person, adopts);
    const present = isAgain ? await manifests.fileOf(name) : null;
    const files: readonly FileChange[] =
      present === null
        ? [{ path: manifests.newPath(name), content: text, was: null }]
        : Object.keys(parameters).length === 0
          ? []
          : [changedFile(present, { name, template: templateName }, values)];
    const fresh = present === null ? checks.fresh(name, text, found) : null;
    const url = fresh === null ? await checks.whole(name, files) : fresh.url;
    const record = deployments.create({ name, template: templateName, url, person });
    if (files.length === 0) {
      engine.redeploy(name, null, person.name);
      return deployments.written(record, null);
    }
    try {
      const title = `${present === null ? "Add" : "Change"} the stack ${name}`;
      const made = await changes.make({ topic: `add-${name}`, title, person, files });
      if (fresh !== null) checks.written(name, fresh);
      if (made.kind === "committed") engine.poke("portal");
      return deployments.written(record, made);
    } catch (error) {
      if (isCapstanError(error, "uncertain")) return deployments.written(record, null);
      deployments.drop(record);
      throw error;
    }
  }

  /** Who may take a stack out of Git: its owner, and operators. */
  function mustBeTheirs(name: string, person: Person): void {
    if (mayDo(person, "operator") || names.ownerOf(name) === person.id) return;
    throw new CapstanError("denied", `${name} is not yours`, {
      hint: "ask its owner, or an operator",
    });
  }

  return {
    async form() {
      return formOf(await names.template(null), deps);
    },
    check: (name, person) => names.check(name, settings.template, person),
    deploy: (request, person) =>
      changes.alone(async () => {
        const found = await names.template(request.template ?? null, person);
        const values = readParameters(found.template, request.parameters ?? {});
        return begin(request, found, values, person);
      }),
    async state(id) {
      const state = await deployments.state(id);
      // What was made once may be gone by now, or somebody else's.
      return state === null || (state.status === "completed" && isPast(state)) ? null : state;
    },
    async deployments(person, limit) {
      const owner = mayDo(person, "operator") ? null : person.id;
      const states: DeploymentState[] = [];
      for (const { id } of deployments.newest(owner, limit)) {
        const state = await deployments.state(id);
        if (state !== null) states.push(state);
      }
      return states;
    },
    watch: (id, changed) => deployments.watch(id, changed),
    own: async (person) => own.list(person),
    remove: (name, person) =>
      changes.alone(async () => {
        mustBeTheirs(name, person);
        const files = [await manifests.without(name)];
        await checks.removal(name, files);
        const [title, topic] = [`Remove the stack ${name}`, `remove-${name}`];
        const open = await changes.openReview(topic);
        if (open !== null) return { kind: "review", number: open.number, url: open.url };
        const made = await changes.make({ topic, title, person, files });
        if (made.kind === "committed") {
          deployments.removed(name, person);
          engine.poke("portal");
        }
        return made;
      }),
    revert: (stack, revision, person) =>
      changes.alone(async () => {
        const files = [await manifests.asIn(stack, revision)];
        await checks.whole(stack, files);
        const title = `Return ${stack} to its manifest of ${revision.slice(0, 12)}`;
        const made = await changes.make({ topic: `return-${stack}`, title, person, files });
        if (made.kind === "committed") engine.poke("portal");
        return made;
      }),
    async revertPreview(stack, revision) {
      const files = [await manifests.asIn(stack, revision)];
      const tree = treeWith(await manifests.tree(), files);
      return engine.proposal(tree, { withSecrets: true });
    },
    close() {
      deployments.close();
    },
  };
}
