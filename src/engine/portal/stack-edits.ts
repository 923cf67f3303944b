// What people do to the manifest of a stack that Git has: take it out, or return to an earlier one.
import { CapstanError } from "../../lib/errors.ts";
import { mayDo } from "../../model/person.ts";
import type { Person } from "../../model/person.ts";
import type { ProposalPlan } from "../reader/plan-sets.ts";
import { treeWith } from "../state/tree-with.ts";
import type { Deployments } from "./deployments.ts";
import type { PortalDeps } from "./deps.ts";
import type { Change, ChangeRequest } from "./git-changes.ts";
import type { ManifestChecks } from "./manifest-checks.ts";
import type { Manifests } from "./manifests.ts";
import type { Owners } from "./owners.ts";

/** What `Portal` promises of each; the first two are to be called alone, as two changes must not meet. */
export interface StackEdits {
  remove(name: string, person: Person): Promise<Change>;
  revert(stack: string, revision: string, person: Person): Promise<Change>;
  revertPreview(stack: string, revision: string): Promise<ProposalPlan>;
}

export interface StackEditParts {
  readonly manifests: Manifests;
  readonly owners: Pick<Owners, "of">;
  readonly deployments: Pick<Deployments, "removed">;
  readonly checks: Pick<ManifestChecks, "whole" | "removal">;
}

export function createStackEdits(
  { engine, changes }: Pick<PortalDeps, "engine" | "changes">,
  { manifests, owners, deployments, checks }: StackEditParts,
): StackEdits {
  /** Who may take a stack out of Git: its owner, and operators. */
  function mustBeTheirs(name: string, person: Person): void {
    if (mayDo(person, "operator") || owners.of(name) === person.id) return;
    throw new CapstanError("denied", `${name} is not yours`, {
      hint: "ask its owner, or an operator",
    });
  }

  /** `committed`: before the engine looks at it. */
  async function make(request: ChangeRequest, committed?: () => void): Promise<Change> {
    const made = await changes.make(request);
    if (made.kind === "committed") {
      committed?.();
      engine.poke("portal");
    }
    return made;
  }

  return {
    async remove(name, person) {
      mustBeTheirs(name, person);
      const files = [await manifests.without(name)];
      await checks.removal(name, files);
      const [title, topic] = [`Remove the stack ${name}`, `remove-${name}`];
      const open = await changes.openReview(topic);
      if (open !== null) return { kind: "review", number: open.number, url: open.url };
      return make({ topic, title, person, files }, () => deployments.removed(name, person));
    },

    async revert(stack, revision, person) {
      const files = [await manifests.asIn(stack, revision)];
      await checks.whole(stack, files);
      const title = `Return ${stack} to its manifest of ${revision.slice(0, 12)}`;
      return make({ topic: `return-${stack}`, title, person, files });
    },

    async revertPreview(stack, revision) {
      const files = [await manifests.asIn(stack, revision)];
      const tree = treeWith(await manifests.tree(), files);
      return engine.proposal(tree, { withSecrets: true });
    },
  };
}
