// What manifests name that people set up in Dokploy: only a server knows which names there are.
import { childKey, childrenOf, destinationOf, rowOf } from "./children.ts";
import type { Configured } from "./specs.ts";

export const namedThings = ["destination", "sshKey", "provider", "registry", "vault"] as const;
export type NamedThing = (typeof namedThings)[number];

/** The names on a server, each as often as it has them; absent: they were not asked for. */
export type ServerNames = Readonly<Partial<Record<NamedThing, readonly string[]>>>;

/** For people. */
export const thingTitles: Readonly<
  Record<NamedThing, { readonly one: string; readonly many: string }>
> = {
  destination: { one: "destination", many: "destinations" },
  sshKey: { one: "ssh key", many: "ssh keys" },
  provider: { one: "Git provider", many: "Git providers" },
  registry: { one: "registry", many: "registries" },
  vault: { one: "secrets provider", many: "secrets providers" },
};

/** As Dokploy finds them in what services and builds get: `${{vault.NAME.SECRET}}`. */
const vaultReference = /\$\{\{vault\.([a-zA-Z0-9_-]+)\.[^}]+\}\}/g;

/** The names of Dokploy's secrets providers that a value refers to. */
function vaultsIn(value: string): ReadonlySet<string> {
  return new Set([...value.matchAll(vaultReference)].map(([, name = ""]) => name));
}

/** A value with a word in place of each reference to a provider. */
export function withoutVaults(value: string): string {
  return value.replaceAll(vaultReference, "vault");
}

/** Whether a value has a reference to a provider that Dokploy would not recognise as one, and fail at. */
export function hasBrokenVault(value: string): boolean {
  return withoutVaults(value).includes("${{vault.");
}

/** One name in a service. */
export interface NameUse {
  readonly thing: NamedThing;
  readonly name: string;
  /** The field that holds it: `backups.nightly.destination`, `git.sshKey`. */
  readonly path: string;
  /** The field that `ignore` may leave to people: `backups.nightly`, `git.sshKey`. */
  readonly field: string;
}

/** All of them in a service's configuration. */
export function namesIn({ spec }: Pick<Configured, "spec">): readonly NameUse[] {
  const uses: NameUse[] = [];
  for (const child of childrenOf(spec)) {
    const name = destinationOf(child);
    if (name === null) continue;
    const field = `${rowOf(child.kind).root}.${childKey(child)}`;
    uses.push({ thing: "destination", name, path: `${field}.destination`, field });
  }
  const own = (thing: NamedThing, name: string | null | undefined, path: string): void => {
    if (typeof name === "string") uses.push({ thing, name, path, field: path });
  };
  if ("git" in spec) {
    own("sshKey", spec.git?.sshKey, "git.sshKey");
    own("provider", spec.git?.provider, "git.provider");
  }
  const build = "build" in spec ? spec.build : null;
  const maps = {
    env: "env" in spec ? spec.env : {},
    "build.args": build?.args ?? {},
    "build.secrets": build?.secrets ?? {},
  };
  for (const [field, map] of Object.entries(maps)) {
    for (const [key, value] of Object.entries(map)) {
      for (const name of vaultsIn(value)) own("vault", name, `${field}.${key}`);
    }
  }
  own("registry", build?.registry, "build.registry");
  return uses;
}
