// A manifest that somebody proposes without a clone of the repository: what it would do to the server, and
// the pull request that asks for it. Nothing becomes desired before that is merged.
import { CapstanError } from "../../lib/errors.ts";
import type { FileChange } from "../../model/forge.ts";
import { mayDo } from "../../model/person.ts";
import type { Person } from "../../model/person.ts";
import { plural, problemLine } from "../../plan/render/words.ts";
import type { ProposalPlan } from "../reader/plan-sets.ts";
import { treeWith } from "./candidate.ts";
import type { PortalDeps } from "./deps.ts";
import { stacksIn, withDocument } from "./documents.ts";
import { createManifests } from "./manifests.ts";

export interface ProposedManifest {
  /** YAML: one document or several. */
  readonly manifest: string;
  /** The file to write; null: where the stack's manifest is, or `<name>.yaml` in the folder of stacks. */
  readonly path: string | null;
}

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

const mistakesShown = 10;
/** No hidden folder either: a workflow in one would run on the branch of the pull request, before any review. */
const pathPattern = /^(?!.*(?:^|\/)(?:\.|\/|$))[\w@ ./+-]{1,300}\.ya?ml$/;

export function createProposals(deps: PortalDeps): Proposals {
  const { engine, changes, forge } = deps;
  const { stacksPath } = deps.manifests;
  const manifests = createManifests(deps);
  const folder = stacksPath === "" ? "" : `${stacksPath}/`;

  function checkedPath(path: string): string {
    if (pathPattern.test(path) && path.startsWith(folder)) return path;
    // Not repeated: an error's words are masked, which would tell whoever guesses a secret.
    throw new CapstanError("invalid", "the path cannot hold a manifest", {
      hint: `name a .yaml file below ${stacksPath === "" ? "the repository" : stacksPath}, such as ${folder}shop.yaml`,
    });
  }

  async function textOf(path: string): Promise<string | null> {
    const { files } = await manifests.tree();
    const found = files.find((file) => file.path === path);
    return found === undefined ? null : new TextDecoder().decode(found.content);
  }

  /** The file as it would be; the stack's document is replaced where other documents stand beside it. */
  async function changeOf({ manifest, path }: ProposedManifest): Promise<FileChange> {
    const content = manifest.endsWith("\n") ? manifest : `${manifest}\n`;
    if (path !== null) return { path: checkedPath(path), content, was: await textOf(path) };
    const [name, ...others] = stacksIn(manifest);
    if (name === undefined || others.length > 0) {
      const what = name === undefined ? "no stack" : "several stacks";
      throw new CapstanError("invalid", `the manifest describes ${what}`, {
        hint: "say with `path` which file it is; one stack alone needs no path",
      });
    }
    const present = await manifests.fileOf(name);
    if (present !== null) {
      const changed = withDocument(present.text, name, content) ?? content;
      return { path: present.path, content: changed, was: present.text };
    }
    const fresh = checkedPath(`${folder}${name}.yaml`);
    const other = await textOf(fresh);
    if (other === null) return { path: fresh, content, was: null };
    throw new CapstanError("conflict", `${fresh} exists and does not hold ${name}`, {
      hint: "say with `path` which file it is",
    });
  }

  async function planned(file: FileChange, asked: ProposedManifest, person: Person) {
    const tree = treeWith(await manifests.tree(), [file]);
    const plan = await engine.proposal(tree, { withSecrets: mayDo(person, "operator") });
    const { path, was } = file;
    return { path, isNew: was === null, stacks: stacksIn(asked.manifest), plan };
  }

  function refuseMistakes({ plan }: ProposedPlan): void {
    const { newProblems } = plan;
    if (newProblems.length === 0) return;
    if (!plan.withSecrets) {
      const places = newProblems.slice(0, mistakesShown).map(({ place }) => place);
      const where = places.map(({ line, column }) => `${line}:${column}`).join(", ");
      throw new CapstanError(
        "invalid",
        `the manifest has ${plural(newProblems.length, "mistake")}, at ${where}`,
        { hint: "ask for its plan: that names them" },
      );
    }
    const lines = newProblems.slice(0, mistakesShown).map(problemLine);
    const more = newProblems.length - lines.length;
    throw new CapstanError(
      "invalid",
      `the manifest has mistakes: ${lines.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
      { hint: "correct them, then propose it again" },
    );
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
        refuseMistakes(proposal);
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
