// What a compose file asks for, in the words of policies: of each of its services, and of what they share. Values are
// those with the file's variables filled in; what is shown is what is written, as a variable may hold a secret.
import { isMap, mapOf } from "../../model/compose-file.ts";
import type { Plain, PlainMap } from "../../model/compose-file.ts";
import { extendedServices } from "../../model/compose-extends.ts";
import { namesOnNetwork, sharedNetwork } from "../../model/compose-network.ts";
import { listOf, textOf } from "../../model/compose-reach.ts";
import { filledIn } from "../../model/compose-variables.ts";
import { parseMemoryBytes } from "../../model/quantity.ts";
import type { ComposeManifest } from "../../model/manifest-compose.ts";
import type { ComposeSpec, Configured } from "../../model/specs.ts";
import type { Path } from "../tree.ts";
import type { ServiceAsk, ServiceAsked } from "./asked.ts";
import { traefikHosts } from "./traefik-hosts.ts";
import {
  accessAsks,
  destinationAsks,
  domainAsks,
  gitAsks,
  imageAsks,
  keepingAsks,
  targetAsks,
} from "./workload-asks.ts";

type Both = { readonly written: PlainMap; readonly real: PlainMap };

const inFile = { inFile: true } as const;

/** Text as it is written, where it is any. */
const shownOf = (written: Plain | undefined, real: string): string => textOf(written) ?? real;

function imagesOf(path: Path, { written, real }: Both): readonly ServiceAsk[] {
  const image = textOf(real.image);
  if (image === null) return [];
  const shown = shownOf(written.image, image);
  return imageAsks(image, [...path, "image"]).map((ask) => ({ ...ask, ...inFile, shown }));
}

function placementOf(path: Path, { written, real }: Both): readonly ServiceAsk[] {
  const of = ({ deploy }: PlainMap): readonly Plain[] =>
    listOf(mapOf(mapOf(deploy).placement).constraints);
  return of(real).flatMap((one, index): readonly ServiceAsk[] => {
    const value = textOf(one);
    if (value === null) return [];
    const at = [...path, "deploy", "placement", "constraints", index];
    return [
      { list: "placement", value, shown: shownOf(of(written)[index], value), path: at, ...inFile },
    ];
  });
}

function hostsOf(path: Path, { real }: Both): readonly ServiceAsk[] {
  const places: readonly (readonly [Path, Plain | undefined])[] = [
    [[...path, "labels"], real.labels],
    [[...path, "deploy", "labels"], mapOf(real.deploy).labels],
  ];
  return places.flatMap(([at, labels]) =>
    traefikHosts(labels).map(({ host, key }): ServiceAsk => ({
      ...{ list: "hosts", value: host, path: [...at, key], ...inFile },
    })),
  );
}

function modesOf(path: Path, { real }: Both): ServiceAsked["wishes"] {
  return listOf(real.ports).flatMap((port, index) =>
    mapOf(port).mode === "host"
      ? [{ flag: "hostPorts" as const, path: [...path, "ports", index, "mode"], ...inFile }]
      : [],
  );
}

function numberOf(value: Plain | undefined): number | null {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 ? number : null;
}

function amountsOf(path: Path, { real }: Both): ServiceAsked["amounts"][number] {
  const { mode, replicas: given, resources } = mapOf(real.deploy);
  // As many as there are nodes.
  const isGlobal = mode === "global" || mode === "global-job";
  const said = real.scale ?? given;
  const replicas = isGlobal ? null : said === undefined ? 1 : numberOf(said);
  const limit = textOf(mapOf(mapOf(resources).limits).memory ?? real.mem_limit);
  // Docker knows no capitals: 512M is 512m.
  const bytes = limit === null ? null : parseMemoryBytes(limit.toLowerCase());
  const memoryBytes = bytes === null || replicas === null ? null : bytes * replicas;
  return { path, ...inFile, replicas, memoryBytes };
}

/** What is taken by its name on the server: of others, or given a name that others may have. */
function sharedOf(
  list: "externalVolumes" | "externalNetworks" | "externalSecrets",
  root: string,
  { written, real }: Both,
): readonly ServiceAsk[] {
  return Object.entries(mapOf(real[root])).flatMap(([key, given]): readonly ServiceAsk[] => {
    const { external, name } = mapOf(given);
    const isExternal = external !== undefined && external !== false && external !== "false";
    const named = textOf(name) ?? textOf(mapOf(external).name);
    if (!isExternal && named === null) return [];
    const value = named ?? key;
    if (list === "externalNetworks" && (value === sharedNetwork || value === "host")) return [];
    const texts = mapOf(mapOf(written[root])[key]);
    const shown = textOf(texts.name) ?? textOf(mapOf(texts.external).name) ?? value;
    const path = [root, key, ...(named !== null && name !== undefined ? ["name"] : [])];
    return [{ list, value, shown, path, ...inFile }];
  });
}

function aliasesOf(spec: ComposeSpec, file: PlainMap): readonly ServiceAsk[] {
  const { domains, isolated, type } = spec;
  const named = namesOnNetwork({ file, domains, isolated }).map(
    ({ service, name }): ServiceAsk => ({
      ...{ list: "aliases", value: name, path: ["services", service], on: "key", ...inFile },
    }),
  );
  const containers = extendedServices(file).flatMap(([service, { container_name: name }]) =>
    typeof name === "string" && type !== "stack"
      ? [
          {
            ...{ list: "aliases" as const, value: name, ...inFile },
            path: ["services", service, "container_name"],
          },
        ]
      : [],
  );
  return [...named, ...containers];
}

/** A copy of a volume that is named as on the server is one of anybody's data. */
function copiedVolumes({ volumeBackups }: Asking): readonly ServiceAsk[] {
  return Object.entries(volumeBackups).flatMap(([key, { volume, external }]) =>
    external
      ? [
          {
            ...{ list: "externalVolumes" as const, value: volume },
            path: ["volumeBackups", key, "volume"],
          },
        ]
      : [],
  );
}

type Asking = Pick<ComposeManifest, "allowDataLoss" | "domains" | "volumeBackups"> & {
  readonly deletionPolicy?: string | undefined;
};

export function composeAsks(
  manifest: Asking,
  configured: Extract<Configured, { readonly kind: "compose" }>,
): ServiceAsked {
  const { spec } = configured;
  const filled = filledIn(spec.file, spec.env);
  const both: Both = { written: spec.file, real: isMap(filled) ? filled : {} };
  const written = new Map(extendedServices(spec.file));
  const services = extendedServices(both.real).map(([name, real]) => ({
    ...{ path: ["services", name], both: { real, written: written.get(name) ?? real } },
  }));
  const keeping = keepingAsks(manifest);
  const isUnread = spec.git !== null;
  return {
    asks: [
      ...accessAsks(configured),
      ...gitAsks(spec.git),
      ...domainAsks(spec.domains),
      ...targetAsks(manifest.domains),
      ...destinationAsks(configured),
      ...copiedVolumes(manifest),
      ...services.flatMap(({ path, both: one }) => [
        ...imagesOf(path, one),
        ...placementOf(path, one),
        ...hostsOf(path, one),
      ]),
      ...sharedOf("externalVolumes", "volumes", both),
      ...sharedOf("externalNetworks", "networks", both),
      ...sharedOf("externalSecrets", "secrets", both),
      ...sharedOf("externalSecrets", "configs", both),
      ...aliasesOf(spec, both.real),
      ...keeping.asks,
    ],
    wishes: [
      ...services.flatMap(({ path, both: one }) => modesOf(path, one)),
      ...(isUnread ? [{ flag: "unreadCompose" as const, path: ["git"] }] : []),
      ...keeping.wishes,
    ],
    amounts: isUnread
      ? [{ path: ["git"], replicas: null, memoryBytes: null }]
      : services.map(({ path, both: one }) => amountsOf(path, one)),
  };
}
