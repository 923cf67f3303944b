// The engines of a fleet, and whose a stack's name is.
import { CapstanError } from "../../lib/errors.ts";
import { atDokploy, splitAtDokploy } from "../../model/dokploys.ts";
import type { Engine } from "../engine.ts";

export interface Member {
  /** Its name; "": that of DOKPLOY_URL. */
  readonly dokploy: string;
  /** One line for people. */
  readonly title: string;
  readonly engine: Engine;
}

export interface Found extends Member {
  /** As this engine calls it. */
  readonly stack: string;
}

export interface Members {
  readonly all: readonly Member[];
  /** Says what is the same for all of them: Git, and where the portal writes. */
  readonly first: Member;
  /** A name without a Dokploy is of the first one where none is without a name. Null: none is called so. */
  find(name: string): Found | null;
  /** Throws `not-found`, with what may be meant. */
  get(name: string): Found;
  /** Names by whose they are; throws likewise. */
  group(names: readonly string[]): ReadonlyMap<Member, readonly string[]>;
}

/** `production: `, before what is said of one of them; empty for the one without a name. */
export function prefixOf({ dokploy }: Pick<Member, "dokploy">): string {
  return dokploy === "" ? "" : `${dokploy}: `;
}

function has({ engine }: Member, stack: string): boolean {
  return (
    engine.loaded()?.byName.has(stack) === true ||
    engine.stacks().some(({ name }) => name === stack)
  );
}

function unknown(name: string, all: readonly Member[]): CapstanError {
  const { stack, dokploy } = splitAtDokploy(name);
  const on = all.filter((member) => has(member, stack));
  const meant = on.map((member) => atDokploy(stack, member.dokploy));
  const known = all.map((member) => member.dokploy).filter((one) => one !== "");
  const message = `there is no Dokploy called ${dokploy}`;
  const hint =
    meant.length > 0 ? `did you mean ${meant.join(" or ")}?` : `known are ${known.join(", ")}`;
  return new CapstanError("not-found", message, { hint });
}

export function createMembers(all: readonly Member[]): Members {
  const [first] = all;
  if (first === undefined) throw new Error("a fleet has one member or more");
  const byDokploy = new Map(all.map((member) => [member.dokploy, member]));

  function find(name: string): Found | null {
    const { stack, dokploy } = splitAtDokploy(name);
    const member = byDokploy.get(dokploy) ?? (dokploy === "" ? first : undefined);
    return member === undefined ? null : { ...member, stack };
  }

  function get(name: string): Found {
    const found = find(name);
    if (found === null) throw unknown(name, all);
    return found;
  }

  return {
    all,
    first,
    find,
    get,
    group(names) {
      const groups = new Map<Member, string[]>();
      for (const name of names) {
        const { dokploy, stack } = get(name);
        const member = all.find((one) => one.dokploy === dokploy) ?? first;
        groups.set(member, [...(groups.get(member) ?? []), stack]);
      }
      return groups;
    },
  };
}
