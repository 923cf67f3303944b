// Which stacks are a person's: what they have, have asked for, or have not got rid of yet. They all count towards
// the quota.
import { CapstanError } from "../../lib/errors.ts";
import type { Person } from "../../model/person.ts";
import { mayDo } from "../../model/person.ts";
import type { StackStatus } from "../../model/status.ts";
import { addressOf } from "./candidate.ts";
import type { Deployments } from "./deployments.ts";
import type { PortalDeps } from "./deps.ts";
import type { Owners } from "./owners.ts";
import { plural } from "../../plan/render/words.ts";

export interface OwnStack {
  readonly name: string;
  readonly url: string | null;
  /** Null while it is not in Git yet, or nobody has looked at it. */
  readonly status: StackStatus | null;
  /** Its newest deployment while that goes on; null otherwise. */
  readonly deploymentId: string | null;
  /** Its pull request is not merged, as far as the branch shows. */
  readonly waitsForReview: boolean;
  /** False while it is not in Git yet, or not any more. */
  readonly removable: boolean;
  /** It has left Git, and something of it is still on the server. */
  readonly isLeaving: boolean;
}

export interface OwnStacks {
  /** Sorted by name. */
  list(person: Person): readonly OwnStack[];
  /** Throws `denied` when the person has as many as are allowed; operators may have any number. */
  checkQuota(person: Person): void;
}

export function createOwnStacks(
  { engine, settings }: Pick<PortalDeps, "engine" | "settings">,
  owners: Pick<Owners, "stacksOf">,
  deployments: Pick<Deployments, "open" | "newestOf">,
): OwnStacks {
  /** Those of the person that have left Git, and of which something is still on the server. */
  function leavingOf(person: Person): readonly string[] {
    const loaded = engine.loaded();
    if (loaded === null) return [];
    const { byName, manifests: read } = loaded;
    return engine
      .stacks()
      .map(({ name }) => name)
      .filter((name) => !byName.has(name) && !read.brokenStacks.has(name))
      .filter((name) => deployments.newestOf(name)?.owner.id === person.id);
  }

  /** The stacks that the person has, has asked for, or has not got rid of yet. */
  function stacksOf(person: Person) {
    const owned = owners.stacksOf(person.id);
    const open = deployments.open().filter(({ owner }) => owner.id === person.id);
    const leaving = leavingOf(person);
    const all = new Set([...owned, ...open.map(({ name }) => name), ...leaving]);
    return { owned, open, leaving, all };
  }

  return {
    list(person) {
      const { owned, open, leaving, all } = stacksOf(person);
      const statuses = new Map(engine.stacks().map((status) => [status.name, status]));
      const loaded = engine.loaded();
      return [...all].sort().map((name): OwnStack => {
        const going = open.find((one) => one.name === name);
        const stack = loaded?.byName.get(name);
        return {
          name,
          url: stack === undefined ? (going?.url ?? null) : addressOf(stack),
          status: statuses.get(name) ?? null,
          deploymentId: going?.id ?? null,
          waitsForReview: going !== undefined && going.review !== null && stack === undefined,
          removable: owned.includes(name),
          isLeaving: going === undefined && leaving.includes(name),
        };
      });
    },
    checkQuota(person: Person): void {
      const { quota } = settings;
      if (quota === null || mayDo(person, "operator") || stacksOf(person).all.size < quota) return;
      throw new CapstanError(
        "denied",
        `you have ${plural(quota, "stack")} already, which is the limit`,
        {
          hint: "remove one that you do not need any more",
        },
      );
    },
  };
}
