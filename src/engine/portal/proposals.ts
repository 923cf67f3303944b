// A manifest that somebody proposes without a clone of the repository: what it would do to the server, and
// the pull request that asks for it. Nothing becomes desired before that is merged.
import { CapstanError } from "../../lib/errors.ts";
import type { FileChange } from "../../model/forge.ts";
import { mayDo } from "../../model/person.ts";
import type { Person } from "../../model/person.ts";
import { plural, problemLine } from "../../plan/render/words.ts";
import type { ProposalPlan } from "../reader/plan-sets.ts";
import { treeWith } from "../state/tree-with.ts";
import type { PortalDeps } from "./deps.ts";
import { stacksIn } from "./documents.ts";
import { createManifests } from "./manifests.ts";
import { proposedFile } from "./proposed-file.ts";
import type { ProposedManifest } from "./proposed-file.ts";

export interface ProposedPlan {
  readonly path: string;
  /** Whether that file is new. */
  readonly isNew: boolean;
  /** The stacks that the manifest describes. */
  readonly stacks: readonly string[];
  readonly plan: ProposalPlan;
}

export interface OpenedProposal extends ProposedPlan {
  readonly review: { readonly number: number; readonly url: string };
}

/** All throw `invalid` for a path or a manifest that cannot be used, `unavailable` before Git was read. */
export interface Proposals {
  /**
   * What the branch would do with this manifest. Secrets are read for operators only. Reads only.
   */
  plan(asked: ProposedManifest, person: Person): Promise<ProposedPlan>;
  /**
   * Opens a pull request. Throws `invalid` with the mistakes of a manifest that has any, `conflict`
   * without a Git host and when Git has it already.
   */
  propose(
    asked: ProposedManifest & { readonly title: string | null; readonly reason: string | null },
    person: Person,
  ): Promise<OpenedProposal>;
}

export function createProposals(deps: PortalDeps): Proposals {
  const { engine, changes, forge } = deps;
  const { stacksPath } = deps.manifests;
  const manifests = createManifests(deps);
  const changeOf = (asked: ProposedManifest) => proposedFile(asked, manifests, stacksPath);

  async function planned(
    file: FileChange,
    { manifest }: ProposedManifest,
    person: Person,
  ): Promise<ProposedPlan> {
    const tree = treeWith(await manifests.tree(), [file]);
    const plan = await engine.proposal(tree, { withSecrets: mayDo(person, "operator") });
    const { path, was } = file;
    return { path, isNew: was === null, stacks: stacksIn(manifest), plan };
  }

  return {
    plan: async (asked, person) => planned(await changeOf(asked), asked, person),
    propose: (asked, person) =>
      changes.alone(async () => {
        const file = await changeOf(asked);
        if (file.content === file.was) {
          throw new CapstanError("conflict", `${file.path} is the same in Git already`);
        }
        const proposal = await planned(file, asked, person);
        refuseMistakes(proposal.plan);
        if (forge === null) {
          throw new CapstanError("conflict", "a pull request needs a Git host", {
            hint: "set FORGE, FORGE_URL, FORGE_TOKEN and FORGE_REPOSITORY, or push the manifest with git",
          });
        }
        const topic = proposal.stacks[0] ?? "manifest";
        const review = await changes.propose({
          topic: `propose-${topic}`,
          title: asked.title ?? `${proposal.isNew ? "Add" : "Change"} ${file.path}`,
          ...(asked.reason === null ? {} : { reason: asked.reason }),
          person,
          files: [file],
        });
        return { ...proposal, review };
      }),
  };
}

const mistakesShown = 10;

/** Throws `invalid`; a plan that was made without secrets tells where mistakes are, and not in words. */
export function refuseMistakes({
  newProblems,
  withSecrets,
}: Pick<ProposalPlan, "newProblems" | "withSecrets">): void {
  if (newProblems.length === 0) return;
  const shown = newProblems.slice(0, mistakesShown);
  if (!withSecrets) {
    const where = shown.map(({ place }) => `${place.line}:${place.column}`).join(", ");
    const count = plural(newProblems.length, "mistake");
    throw new CapstanError("invalid", `the manifest has ${count}, at ${where}`, {
      hint: "ask for its plan: that names them",
    });
  }
  const more = newProblems.length - shown.length;
  const lines = [...shown.map(problemLine), ...(more > 0 ? [`and ${more} more`] : [])];
  throw new CapstanError("invalid", `the manifest has mistakes: ${lines.join("; ")}`, {
    hint: "correct them, then propose it again",
  });
}
