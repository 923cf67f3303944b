// Whether a change of manifests may be made: what it would break, and what its stack needs that another one has.
import { CapstanError } from "../../lib/errors.ts";
import type { Problem } from "../../model/desired.ts";
import type { FileChange } from "../../model/forge.ts";
import { problemLine } from "../../plan/render/words.ts";
import { treeWith } from "../state/tree-with.ts";
import { addressOf, candidateFrom } from "./candidate.ts";
import type { Candidate } from "./candidate.ts";
import type { Deployments } from "./deployments.ts";
import type { PortalDeps } from "./deps.ts";
import type { Manifests } from "./manifests.ts";
import type { Names } from "./names.ts";
import type { FoundTemplate } from "./templates.ts";

function refused({ message, hint }: Problem): CapstanError {
  return new CapstanError("invalid", message, hint === null ? {} : { hint });
}

export interface ManifestChecks {
  /**
   * The address of the stack when the files are as these changes make them; null when it has none. Throws `invalid`
   * with the first mistake that they would bring.
   */
  whole(name: string, files: readonly FileChange[]): Promise<string | null>;
  /**
   * The same for a stack that is not in Git yet, without loading all others again. Throws `conflict` when it needs
   * what another one has, also one that was written to Git and is not read from there yet.
   */
  fresh(name: string, text: string, found: FoundTemplate): FreshStack;
  /** It is in Git now: from here on nobody else gets what it needs. */
  written(name: string, fresh: FreshStack): void;
  /** Throws `conflict` when the removal of a stack would break another one. */
  removal(name: string, files: readonly FileChange[]): Promise<void>;
}

export interface FreshStack {
  readonly url: string | null;
  readonly claims: Candidate["claims"];
}

export function createManifestChecks(
  deps: Pick<PortalDeps, "engine" | "manifests">,
  parts: {
    readonly manifests: Pick<Manifests, "tree" | "newPath">;
    readonly names: Pick<Names, "heldBy">;
    readonly deployments: Pick<Deployments, "open">;
  },
): ManifestChecks {
  const { engine } = deps;
  const { manifests, names, deployments } = parts;
  /** What stacks need that were written to Git and are not read from there yet, by their names. */
  const written = new Map<string, Candidate["claims"]>();

  function heldBy(name: string, claims: Candidate["claims"]): string | null {
    const loaded = engine.loaded();
    const going = new Set(deployments.open().map((one) => one.name));
    for (const [other, theirs] of written) {
      if (loaded?.byName.has(other) === true || !going.has(other)) written.delete(other);
      else if (other !== name) {
        const what = [...claims.keys()].find((claim) => theirs.has(claim));
        if (what !== undefined) return `${what} belongs to ${other}`;
      }
    }
    return names.heldBy(claims);
  }

  return {
    async whole(name: string, files: readonly FileChange[]): Promise<string | null> {
      const { loaded, newProblems } = await engine.preview(treeWith(await manifests.tree(), files));
      const problem = newProblems.find(({ stack }) => stack === name) ?? newProblems[0];
      if (problem !== undefined) throw refused(problem);
      const stack = loaded.byName.get(name);
      return stack === undefined ? null : addressOf(stack);
    },
    fresh(
      name: string,
      text: string,
      { tree, template }: FoundTemplate,
    ): { readonly url: string | null; readonly claims: Candidate["claims"] } {
      const path = manifests.newPath(name);
      const file = { path, text };
      const options = { ...deps.manifests, policies: engine.loaded()?.manifests.policies };
      const { stack, problems, claims } = candidateFrom(tree, template, name, file, options);
      const [problem] = problems;
      if (problem !== undefined) throw refused(problem);
      const held = heldBy(name, claims);
      if (held !== null) throw new CapstanError("conflict", `${name} is taken: ${held}`);
      if (stack !== null) return { url: addressOf(stack), claims };
      throw new CapstanError("unavailable", `${path} would not be read as a manifest`, {
        hint: "an operator takes the folder out of .capstanignore, or sets PORTAL_PATH",
      });
    },
    written(name, { claims }) {
      written.set(name, claims);
    },
    async removal(name: string, files: readonly FileChange[]): Promise<void> {
      const tree = treeWith(await manifests.tree(), files);
      const { newProblems } = await engine.preview(tree);
      const [problem] = newProblems;
      if (problem === undefined) return;
      throw new CapstanError(
        "conflict",
        `without ${name} another stack breaks: ${problemLine(problem)}`,
        {
          hint: "change that one first",
        },
      );
    },
  };
}
