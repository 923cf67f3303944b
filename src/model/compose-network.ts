// The names that the services of a compose file have on `dokploy-network`, which all of a server share: two of one name
// answer in turns.
import { extendedServices } from "./compose-extends.ts";
import { isMap, mapOf, namesOf } from "./compose-file.ts";
import type { ComposeFile, Plain, PlainMap } from "./compose-file.ts";
import type { ComposeSpec, DomainSpec } from "./specs.ts";

export const sharedNetwork = "dokploy-network";

/** What the file calls the shared network; itself is always one, as Dokploy adds it by that name. */
function calledInFile(file: ComposeFile): ReadonlySet<string> {
  const names = Object.entries(mapOf(file.networks)).flatMap(([key, network]) => {
    const { name, external } = mapOf(network);
    const given = typeof name === "string" ? name : mapOf(external).name;
    return given === sharedNetwork ? [key] : [];
  });
  return new Set([sharedNetwork, ...names]);
}

function aliasesOf(networks: Plain | undefined, called: ReadonlySet<string>): readonly string[] {
  if (!isMap(networks)) return [];
  return Object.entries(networks).flatMap(([name, one]) =>
    called.has(name) ? namesOf(mapOf(one).aliases) : [],
  );
}

export interface NameOnNetwork {
  /** The service of the file. */
  readonly service: string;
  readonly name: string;
}

/** In the order of the file. */
export function namesOnNetwork({
  file,
  domains,
  isolated,
}: Pick<ComposeSpec, "file" | "isolated"> & {
  readonly domains: readonly Pick<DomainSpec, "service">[];
}): readonly NameOnNetwork[] {
  const called = calledInFile(file);
  const served = new Set(isolated ? [] : domains.map(({ service }) => service));
  return extendedServices(file).flatMap(([service, given]: readonly [string, PlainMap]) => {
    const { networks, container_name: container } = given;
    const isOn = served.has(service) || namesOf(networks).some((name) => called.has(name));
    if (!isOn) return [];
    const own = typeof container === "string" ? [container] : [];
    const names = new Set([service, ...own, ...aliasesOf(networks, called)]);
    return [...names].map((name) => ({ service, name }));
  });
}
