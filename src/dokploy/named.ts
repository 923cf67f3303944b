// What people set up in Dokploy's settings and services name: by name in a manifest, by id in Dokploy's rows.
import { z } from "zod";
import { CapstanError } from "../lib/errors.ts";
import type { ErrorCode } from "../lib/errors.ts";
import { thingTitles } from "../model/server-names.ts";
import type { NamedThing } from "../model/server-names.ts";
import type { Call } from "./calls.ts";
import { take } from "./client.ts";
import type { Client } from "./client.ts";
import { shaped } from "./reading.ts";

const text = z.string();

export const providerTypes = ["github", "gitlab", "gitea", "bitbucket"] as const;
export type ProviderType = (typeof providerTypes)[number];

export interface Named {
  /** By which services name it. */
  readonly id: string;
  readonly name: string;
  /** Of a Git provider. */
  readonly type?: ProviderType;
}

interface ThingRow {
  readonly call: Call;
  /** Only ids and names are read: some answers have keys and passwords beside them. */
  readonly list: z.ZodType<readonly Named[]>;
  /** Where the key may not list them, or the server has no such list, it is not known what there is. */
  readonly mayBeRefused?: true;
}

const refused: ReadonlySet<ErrorCode> = new Set(["forbidden", "unsupported"]);

const ownId = (type: ProviderType) =>
  z.object({ [`${type}Id`]: text }).transform((row) => row[`${type}Id`] ?? "");

const provider = z
  .object({
    name: text,
    providerType: z.enum(providerTypes),
    github: ownId("github").nullable().default(null),
    gitlab: ownId("gitlab").nullable().default(null),
    gitea: ownId("gitea").nullable().default(null),
    bitbucket: ownId("bitbucket").nullable().default(null),
  })
  .transform(({ name, providerType: type, ...ids }) => ({ name, type, id: ids[type] ?? "" }));

const rows: Readonly<Record<NamedThing, ThingRow>> = {
  destination: {
    call: { procedure: "destination.all", input: null },
    list: z.array(
      z
        .object({ destinationId: text, name: text })
        .transform(({ destinationId: id, name }) => ({ id, name })),
    ),
  },
  sshKey: {
    call: { procedure: "sshKey.allForApps", input: null },
    list: z.array(
      z
        .object({ sshKeyId: text, name: text })
        .transform(({ sshKeyId: id, name }) => ({ id, name })),
    ),
  },
  provider: {
    call: { procedure: "gitProvider.getAll", input: null },
    list: z.array(provider),
  },
  vault: {
    call: { procedure: "vaultProvider.all", input: null },
    mayBeRefused: true,
    list: z.array(
      z
        .object({ vaultProviderId: text, name: text })
        .transform(({ vaultProviderId: id, name }) => ({ id, name })),
    ),
  },
  registry: {
    call: { procedure: "registry.all", input: null },
    list: z.array(
      z
        .object({ registryId: text, registryName: text })
        .transform(({ registryId: id, registryName: name }) => ({ id, name })),
    ),
  },
};

/** The lists that were read, by what they are of. */
export type NamedLists = Readonly<Partial<Record<NamedThing, readonly Named[]>>>;

/** Reads of one moment share a request. Throws as reads do. */
export async function readNamed(
  client: Pick<Client, "read">,
  things: readonly NamedThing[],
): Promise<NamedLists> {
  const lists = await Promise.all(
    things.map(async (thing): Promise<readonly [NamedThing, readonly Named[]][]> => {
      const { call, list, mayBeRefused = false } = rows[thing];
      const asked = { procedure: call.procedure, isWrite: false, via: "api" } as const;
      const reading = await client.read(call);
      if (mayBeRefused && !reading.ok && refused.has(reading.error.code)) return [];
      return [[thing, shaped(list, take(reading), asked)]];
    }),
  );
  return Object.fromEntries(lists.flat());
}

/** The one of that name. Throws `conflict` when there is none or more: the plan has looked, and somebody changed it. */
export function namedOne(lists: NamedLists, thing: NamedThing, name: string): Named {
  const found = (lists[thing] ?? []).filter((one) => one.name === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const { many } = thingTitles[thing];
  throw new CapstanError("conflict", `Dokploy has ${found.length} ${many} of the name ${name}`);
}

/** Its name; of what is gone, or may not be seen, a text that no name is. */
export function nameOf(lists: NamedLists, thing: NamedThing, id: string): string {
  return lists[thing]?.find((one) => one.id === id)?.name ?? "(none)";
}

/** Put into a service's row when it is read whole. */
export const storedNames = z.custom<NamedLists>().default({});
