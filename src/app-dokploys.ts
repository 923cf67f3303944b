// The Dokploys of a configuration: each as a configuration of its own, of which everything that belongs to one server is
// built as if it were the only one.
import { join } from "node:path";
import { requireDokploy } from "./config.ts";
import type { Config } from "./config.ts";
import { CapstanError } from "./lib/errors.ts";
import { defaultDokploy, onlyDokploy } from "./model/dokploys.ts";
import type { DokployView } from "./model/dokploys.ts";

export interface DokployUnit {
  /** Its name; "": that of DOKPLOY_URL. */
  readonly dokploy: string;
  /** With the server, the instance and the state folder of this one. */
  readonly config: Config;
  readonly view: DokployView;
}

function unnamedUnit(config: Config): DokployUnit {
  const { dokploys } = config;
  return {
    dokploy: "",
    config,
    view: dokploys === null ? onlyDokploy : { ...dokploys.routes, own: "" },
  };
}

function allUnits(config: Config): readonly DokployUnit[] {
  const { dokploys, stateDir } = config;
  const named = (dokploys?.servers ?? []).map((server): DokployUnit => {
    const { name, instance, requests } = server;
    return {
      dokploy: name,
      config: {
        ...config,
        dokploy: server,
        instance,
        workers: server.workers ?? config.workers,
        dokployRequests: requests,
        traefikAddress: server.traefikAddress ?? config.traefikAddress,
        stateDir: join(stateDir, "dokploys", name),
      },
      view: { ...onlyDokploy, ...dokploys?.routes, own: name },
    };
  });
  return [...(config.dokploy === null ? [] : [unnamedUnit(config)]), ...named];
}

/** The one whose stacks the portal's folder holds; the first one where that is not said. */
function isPortals({ dokploy }: DokployUnit, config: Config): boolean {
  const { dokploys, portal } = config;
  if (dokploys === null) return true;
  const { rules, fallback, names } = dokploys.routes;
  const rule = rules.find(
    ({ folder, labels }) =>
      Object.keys(labels).length === 0 &&
      folder !== null &&
      `${portal.path}/`.startsWith(`${folder}/`),
  );
  return dokploy === (rule?.dokploy ?? fallback ?? names[0]);
}

const shownName = (dokploy: string): string => (dokploy === "" ? defaultDokploy : dokploy);

/** The Dokploys that this process works with, that of the portal first. Throws `invalid` where there is none. */
export function dokployUnits(config: Config): readonly DokployUnit[] {
  const units = allUnits(config);
  if (units.length === 0) requireDokploy(config);
  const { dokployName: only } = config;
  if (only !== null) {
    const named = units.filter(({ dokploy }) => shownName(dokploy) === only);
    if (named.length > 0) return named;
    const known = units.map(({ dokploy }) => shownName(dokploy)).sort();
    throw new CapstanError("invalid", `DOKPLOY_NAME is ${only}, and no Dokploy is called so`, {
      hint: `known are ${known.join(", ")}`,
    });
  }
  const first = units.filter((unit) => isPortals(unit, config));
  return [...first, ...units.filter((unit) => !first.includes(unit))];
}

/** For what works with one server: throws `invalid` where there are several and none is named. */
export function oneDokploy(config: Config): DokployUnit {
  const units = dokployUnits(config);
  const [unit] = units;
  if (unit !== undefined && units.length === 1) return unit;
  throw severalError(units);
}

/** One has to be named. */
export function severalError(units: readonly DokployUnit[]): CapstanError {
  const known = units.map(({ dokploy }) => shownName(dokploy)).sort();
  const message = `there are ${units.length} Dokploys, and this is done with one`;
  return new CapstanError("invalid", message, {
    hint: `name it: DOKPLOY_NAME=${known.join(" or DOKPLOY_NAME=")}`,
  });
}
