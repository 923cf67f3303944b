// The portal: a person asks for a stack by its name, and a manifest goes to Git. The reconciler does the
// rest; the portal never touches Dokploy.
import type { DeploymentRecord, DeploymentState } from "../../model/deployment.ts";
import type { Person } from "../../model/person.ts";
import { mayDo } from "../../model/person.ts";
import type { ProposalPlan } from "../reader/plan-sets.ts";
import { createDeployments } from "./deployments.ts";
import type { PortalDeps } from "./deps.ts";
import { formOf } from "./form.ts";
import type { PortalForm } from "./form.ts";
import type { Change } from "./git-changes.ts";
import { createManifestChecks } from "./manifest-checks.ts";
import { createManifests } from "./manifests.ts";
import { createNames } from "./names.ts";
import type { NameVerdict } from "./names.ts";
import { createOwnStacks } from "./own-stacks.ts";
import type { OwnStack } from "./own-stacks.ts";
import { createOwners } from "./owners.ts";
import { readParameters } from "./parameters.ts";
import { createStackEdits } from "./stack-edits.ts";
import { createStackRequests } from "./stack-requests.ts";
import { chosenTemplate, findTemplate } from "./templates.ts";

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
  const manifests = createManifests(deps);
  const owners = createOwners(deps);
  const names = createNames(deps, manifests, owners);
  const deployments = createDeployments(deps);
  const own = createOwnStacks(deps, owners, deployments);
  const checks = createManifestChecks(deps, { manifests, names, deployments });
  const request = createStackRequests(deps, { names, manifests, deployments, own, checks });
  const edits = createStackEdits(deps, { manifests, owners, deployments, checks });

  /** Whether a deployment that was completed tells of a stack that is not there any more, or of another one. */
  function isPast({ id, name }: { readonly id: string; readonly name: string }): boolean {
    const loaded = engine.loaded();
    if (loaded === null) return false;
    const isInGit = loaded.byName.has(name) || loaded.manifests.brokenStacks.has(name);
    const newest = deployments.newestOf(name);
    const isOthers = newest !== null && newest.owner.id !== deployments.ownerOf(id);
    return !isInGit || isOthers;
  }

  return {
    async form() {
      return formOf(await findTemplate(engine, manifests, settings.template), deps);
    },
    check: (name, person) => names.check(name, settings.template, person),
    deploy: ({ name, template = null, parameters = {} }, person) =>
      changes.alone(async () => {
        const chosen = chosenTemplate(template, person, settings);
        const found = await findTemplate(engine, manifests, chosen);
        const values = readParameters(found.template, parameters);
        const hasValues = Object.keys(parameters).length > 0;
        return request({ name, found, values, hasValues }, person);
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
    remove: (name, person) => changes.alone(() => edits.remove(name, person)),
    revert: (stack, revision, person) => changes.alone(() => edits.revert(stack, revision, person)),
    revertPreview: (stack, revision) => edits.revertPreview(stack, revision),
    close() {
      deployments.close();
    },
  };
}
