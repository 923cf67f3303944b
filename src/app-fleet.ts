// What several units are together. With one of them all is as if nobody knew of more.
import type { PortalSide } from "./app-portal.ts";
import type { OpenedUnit } from "./app-unit.ts";
import { dokployPages } from "./dokploy/pages.ts";
import type { ForgeSide } from "./engine/checks/forge-side.ts";
import type { Engine } from "./engine/engine.ts";
import { createFleet } from "./engine/fleet/fleet.ts";
import type { Links } from "./http/links.ts";
import type { CheckRow } from "./model/checks.ts";
import { atDokploy } from "./model/dokploys.ts";
import type { CheckStore } from "./ports-forge.ts";
import type { DeploymentStore } from "./ports-portal.ts";

function firstOf(units: readonly OpenedUnit[]): OpenedUnit {
  const [first] = units;
  if (first === undefined) throw new Error("a process has one Dokploy or more");
  return first;
}

/** One that has a name keeps it, also where it is the only one of this process: others may have the rest. */
const isAlone = (units: readonly OpenedUnit[]): boolean =>
  units.length === 1 && firstOf(units).unit.dokploy === "";

/**
 * `startedAtMs` is that of the ids of their events. `gaveOver` resolves, with why, when this process is to start anew, so
 * that others lead some of them; absent: it keeps what it leads.
 */
export function engineOfUnits(
  units: readonly OpenedUnit[],
  startedAtMs: number,
  gaveOver?: Promise<string>,
): Engine {
  const first = firstOf(units);
  if (isAlone(units)) return first.engine;
  const members = units.map(({ unit: { dokploy }, engine, platform: { title } }) => ({
    ...{ dokploy, engine, title },
  }));
  return createFleet({ members, startedAtMs, ...(gaveOver === undefined ? {} : { gaveOver }) });
}

export function titleOfUnits(units: readonly OpenedUnit[]): string {
  return units
    .map(({ unit: { dokploy }, platform: { title } }) =>
      dokploy === "" ? title : `${title} (${dokploy})`,
    )
    .join(", ");
}

/** What the Git host sends goes to all of them; what the portal writes is of the first one. */
export function sideOfUnits(
  units: readonly OpenedUnit[],
  engine: Engine,
): {
  readonly side: Pick<ForgeSide, "receive" | "follows"> | null;
  readonly writing: PortalSide;
} {
  const { writing } = firstOf(units);
  const sides = units.flatMap(({ side }) => side ?? []);
  const images = units.flatMap((unit) => unit.writing.images ?? []);
  const [proposer] = images;
  return {
    side:
      sides.length === 0
        ? null
        : {
            receive(delivery) {
              for (const side of sides) side.receive(delivery);
            },
            follows: (repository) => sides.some((side) => side.follows(repository)),
          },
    writing: {
      ...writing,
      ...writing.inGit(engine),
      images:
        proposer === undefined
          ? null
          : {
              look: async () => {
                await Promise.all(images.map((one) => one.look()));
              },
              stop: async () => {
                await Promise.all(images.map((one) => one.stop()));
              },
            },
    },
  };
}

/** What is not well comes first: a commit is as well as it is on the worst of them. */
const worstFirst: readonly CheckRow["state"][] = [
  "failure",
  "attention",
  "pending",
  "neutral",
  "success",
];

/** What became of commits on all of them. */
export function checksOfUnits(
  units: readonly OpenedUnit[],
): Pick<CheckStore, "checks" | "newestCommits" | "owedCount" | "written"> &
  Pick<DeploymentStore, "openDeployments"> {
  const { store } = firstOf(units);
  if (isAlone(units)) return store;
  const rank = ({ state }: CheckRow): number => worstFirst.indexOf(state);
  return {
    checks: (sha) =>
      units
        .flatMap(({ unit: { dokploy }, store: own }) =>
          own
            .checks(sha)
            .map((row) =>
              row.stack === null ? row : { ...row, stack: atDokploy(row.stack, dokploy) },
            ),
        )
        .sort((a, b) => rank(a) - rank(b)),
    newestCommits: (limit) =>
      [...new Set(units.flatMap((unit) => unit.store.newestCommits(limit)))].slice(0, limit),
    written: async () => {
      await Promise.all(units.map((unit) => unit.store.written()));
    },
    owedCount: () => units.reduce((count, unit) => count + unit.store.owedCount(), 0),
    openDeployments: () => store.openDeployments(),
  };
}

/** Pages of the Dokploy that has the project. */
export function pagesOfUnits(units: readonly OpenedUnit[]): Pick<Links, "environment" | "service"> {
  const pages = units.map(({ unit, engine }) => ({
    engine,
    pages: dokployPages(unit.config.dokploy?.url ?? ""),
  }));
  const of = (projectId: string) =>
    (pages.length === 1
      ? pages[0]
      : pages.find(({ engine }) => engine.projects().some(({ id }) => id === projectId))
    )?.pages;
  return {
    environment: (projectId, environmentId) =>
      of(projectId)?.environment(projectId, environmentId) ?? null,
    service: (projectId, environmentId, kind, id) =>
      of(projectId)?.service(projectId, environmentId, kind, id) ?? null,
  };
}
