// Which services of an environment must run before another one is deployed: those that its `dependsOn` names, and the
// databases and services of compose files that its values name. Applications may name each other's hosts in a circle, which orders nothing.
import type { DesiredService, Place } from "../model/desired.ts";
import type { Section } from "../model/manifest.ts";
import type { BuiltService } from "./build-service.ts";
import type { Report } from "./report.ts";
import { didYouMean } from "./suggest.ts";
import { textOf } from "./tree.ts";
import type { TreeNode } from "./tree.ts";

/** That one service needs another, and where that is written. */
export interface ServiceNeed {
  readonly on: string;
  readonly place: Place;
  /** A reference to an application orders nothing; `dependsOn` always does. */
  readonly by: "reference" | "dependsOn";
}

export interface NeedingService {
  readonly section: Section;
  readonly needs: readonly ServiceNeed[];
}

/** By the name of each service, those that must run before it, sorted. Tells unknown names and circles. */
export function orderServices(
  services: ReadonlyMap<string, NeedingService>,
  report: Report,
  stack: string,
): ReadonlyMap<string, readonly string[]> {
  const edges = new Map<string, ReadonlyMap<string, Place>>();
  for (const [name, { needs }] of services) {
    const found = new Map<string, Place>();
    for (const { on, place, by } of needs) {
      const target = services.get(on);
      if (target === undefined) {
        if (by === "reference") continue;
        const message = `\`dependsOn\`: this environment has no service \`${on}\``;
        report.add(place, message, didYouMean(on, services.keys()), stack);
      } else if ((by === "dependsOn" || target.section !== "applications") && !found.has(on)) {
        found.set(on, place);
      }
    }
    edges.set(name, found);
  }
  tellCircles(edges, report, stack);
  return new Map([...edges].map(([name, found]) => [name, [...found.keys()].sort()]));
}

/** What the list of a `dependsOn` says, as far as it is one. */
export function needsIn(list: TreeNode | undefined): readonly ServiceNeed[] {
  const items = list?.kind === "list" ? list.items : [];
  return items.flatMap((item) => {
    const on = textOf(item);
    return on === null ? [] : [{ on, place: item.place, by: "dependsOn" as const }];
  });
}

/**
 * The services of one environment, each with the keys of those that must run before it. A job needs what its
 * application needs, and goes before that.
 */
export function inOrder(
  built: readonly BuiltService[],
  after: ReadonlyMap<string, readonly string[]>,
): readonly DesiredService[] {
  const keys = new Map(built.map(({ service: { name, key } }) => [name, key]));
  return built.flatMap(({ service, job }): readonly DesiredService[] => {
    const needed = (after.get(service.name) ?? []).flatMap((one) => keys.get(one) ?? []);
    if (job === null) return [{ ...service, after: needed }];
    return [
      { ...service, after: [...needed, job.key].sort() },
      { ...job, after: needed },
    ];
  });
}

function tellCircles(
  edges: ReadonlyMap<string, ReadonlyMap<string, Place>>,
  report: Report,
  stack: string,
): void {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    path.push(name);
    for (const [next, place] of edges.get(name) ?? []) {
      const from = path.indexOf(next);
      if (from === -1) visit(next);
      else {
        const circle = [...path.slice(from), next].join(" waits for ");
        report.add(
          place,
          `services wait for each other: ${circle}`,
          "take one of these out",
          stack,
        );
      }
    }
    path.pop();
    done.add(name);
  };
  for (const name of edges.keys()) visit(name);
}
