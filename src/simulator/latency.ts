/**
 * How long the real server took, median, on two cores: the lists grow with the number of projects
 * (there are no indexes on the foreign keys), the rest does not.
 */
import { databaseKinds } from "./kinds/databases.ts";
import type { World } from "./world.ts";

/** [projects, milliseconds]; in between on a straight line of logarithms. */
const LISTS: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  "project.all": [
    [10, 35],
    [100, 41],
    [1000, 579],
    [10_000, 33_000],
  ],
  "project.allForPermissions": [
    [10, 38],
    [100, 44],
    [1000, 350],
    [10_000, 12_000],
  ],
};

const FIXED: Readonly<Record<string, number>> = {
  "project.create": 75,
  "project.one": 40,
  "application.create": 73,
  "application.one": 38,
  "application.update": 45,
  "application.deploy": 58,
  "application.delete": 0,
  "application.stop": 0,
  "application.start": 0,
  "domain.create": 55,
  "security.create": 108,
  "swarm.getNodeApps": 100,
  "swarm.getNodes": 134,
  "docker.getConfig": 110,
  "docker.getServiceContainersByAppName": 87,
  "deployment.queueList": 62,
  "settings.health": 27,
};
/** These of a database take their own time, which is that of docker. */
const WAITS = new RegExp(`^(?:${databaseKinds.join("|")})\\.(?:deploy|start|stop|reload|rebuild)$`);
const OTHERWISE = 40;
/** In a batch the items overlap: 50 application.one took 415 ms, one took 38. */
const BATCH_SHARE = 0.2;
/** More than this many at once only wait for each other. */
const PARALLEL = 1.5;

export function latencyOf(world: World, procedures: readonly string[], inFlight: number): number {
  const projects = world.tables.projects.size;
  const each = procedures.map((name) => single(name, projects));
  const longest = Math.max(0, ...each);
  const rest = each.reduce((sum, ms) => sum + ms, 0) - longest;
  return (longest + rest * BATCH_SHARE) * Math.max(1, inFlight / PARALLEL);
}

function single(procedure: string, projects: number): number {
  if (WAITS.test(procedure)) return 0;
  const points = LISTS[procedure];
  if (points === undefined) return FIXED[procedure] ?? OTHERWISE;
  const first = points[0];
  if (first === undefined || projects <= first[0]) return first?.[1] ?? OTHERWISE;
  for (let i = 1; i < points.length; i++) {
    const [from, to] = [points[i - 1], points[i]];
    if (from === undefined || to === undefined) break;
    if (projects <= to[0] || i === points.length - 1) {
      const share = Math.log(projects / from[0]) / Math.log(to[0] / from[0]);
      return from[1] * Math.exp(share * Math.log(to[1] / from[1]));
    }
  }
  return OTHERWISE;
}
