// What a service that runs from an image asks for, in the words of policies.
import { hostAccessOf } from "../../model/kinds/table.ts";
import type { DomainSpec, GitSource, Placement, WorkloadSpec } from "../../model/specs.ts";
import type { Configured } from "../../model/specs.ts";
import { namesIn } from "../../model/server-names.ts";
import type { ApplicationManifest } from "../../model/manifest-application.ts";
import type { WorkloadManifest } from "../../model/manifest-workload.ts";
import type { Path } from "../tree.ts";
import type { ServiceAsk, ServiceAsked } from "./asked.ts";
import { registryOf, repositoryOf } from "./subjects.ts";

/** An image with the registry that it comes from. */
export function imageAsks(image: string, path: Path): readonly ServiceAsk[] {
  return [
    { list: "images", value: image, path },
    { list: "registries", value: registryOf(image), path },
  ];
}

export function domainAsks(domains: readonly Pick<DomainSpec, "host">[]): readonly ServiceAsk[] {
  return domains.map(({ host }, index) => ({
    ...{ list: "hosts", value: host, path: ["domains", index, "host"] },
  }));
}

/** Addresses that a manifest gives to DNS records, in place of TRAEFIK_IP. */
export function targetAsks(
  domains: readonly Pick<ApplicationManifest["domains"][number], "dns">[],
): readonly ServiceAsk[] {
  return domains.flatMap(({ dns }, index): readonly ServiceAsk[] =>
    typeof dns === "object" && dns.target !== undefined
      ? [{ list: "dnsTargets", value: dns.target, path: ["domains", index, "dns", "target"] }]
      : [],
  );
}

export function gitAsks(git: GitSource | null): readonly ServiceAsk[] {
  if (git === null) return [];
  const path = ["git", git.provider === null ? "url" : "repository"];
  return [{ list: "repositories", value: repositoryOf(git), path }];
}

/** Folders, ports and rights of the host, of every kind of service. */
export function accessAsks(configured: Configured): readonly ServiceAsk[] {
  return hostAccessOf(configured).map(({ ask, within, path }) => ({
    ...{ ...ask, path: within },
    ...(path === "file" ? { inFile: true } : {}),
  }));
}

/** Where backups go. */
export function destinationAsks(configured: Pick<Configured, "spec">): readonly ServiceAsk[] {
  return namesIn(configured).flatMap(({ thing, name, path }): readonly ServiceAsk[] =>
    thing === "destination" ? [{ list: "destinations", value: name, path: path.split(".") }] : [],
  );
}

function placementAsks(placement: Placement | null): readonly ServiceAsk[] {
  return (placement?.constraints ?? []).map((value, index) => ({
    ...{ list: "placement", value, path: ["placement", "constraints", index] },
  }));
}

/** What it says of its data, as far as it says it. */
export function keepingAsks({
  deletionPolicy,
  allowDataLoss,
}: {
  readonly deletionPolicy?: string | undefined;
  readonly allowDataLoss: boolean;
}): Pick<ServiceAsked, "asks" | "wishes"> {
  return {
    asks:
      deletionPolicy === undefined
        ? []
        : [{ list: "deletionPolicies", value: deletionPolicy, path: ["deletionPolicy"] }],
    wishes: allowDataLoss ? [{ flag: "allowDataLoss", path: ["allowDataLoss"] }] : [],
  };
}

/** What all services that run from an image have in common. */
export function workloadAsks(
  manifest: Pick<WorkloadManifest, "mounts" | "aliases"> & {
    readonly deletionPolicy?: string;
    readonly allowDataLoss: boolean;
  },
  configured: Configured & { readonly spec: WorkloadSpec },
): ServiceAsked {
  const { spec } = configured;
  const memory = spec.resources.limits.memoryBytes;
  const keeping = keepingAsks(manifest);
  const external = manifest.mounts.flatMap((mount, index): readonly ServiceAsk[] =>
    mount.type === "volume" && mount.external
      ? [{ list: "externalVolumes", value: mount.source, path: ["mounts", index, "source"] }]
      : [],
  );
  return {
    asks: [
      ...accessAsks(configured),
      ...external,
      ...manifest.aliases.map((value, index): ServiceAsk => ({
        ...{ list: "aliases", value, path: ["aliases", index] },
      })),
      ...placementAsks(spec.placement),
      ...destinationAsks(configured),
      ...keeping.asks,
    ],
    wishes: keeping.wishes,
    amounts: [
      {
        path: memory === null ? [] : ["resources", "limits", "memory"],
        replicas: spec.replicas,
        memoryBytes: memory === null ? null : memory * spec.replicas,
      },
    ],
  };
}
