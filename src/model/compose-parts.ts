// What must run of a compose service and what does: its parts are containers (docker-compose) or services of the swarm
// (stack). Docker calls a deployment done when a part of it crashes; this tells.
import type { DriftChange } from "./cause.ts";
import { filledIn } from "./compose-variables.ts";
import { extendedServices } from "./compose-extends.ts";
import { isMap, mapOf, namesOf } from "./compose-file.ts";
import type { Plain, PlainMap } from "./compose-file.ts";
import type { ObservedService, ServicePart, SwarmService } from "./observed.ts";
import type { ComposeSpec } from "./specs.ts";

/** What the file asks for of one of its services. */
interface Expected {
  readonly service: string;
  /** Null: as many as there are nodes. */
  readonly replicas: number | null;
  /** The container's own name, where the file gives it one. */
  readonly container: string | null;
  /** Its process is meant to end, with code 0. */
  readonly mayEnd: boolean;
}

function numberOf(value: Plain | undefined): number | null {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 ? number : null;
}

function replicasOf({ scale, deploy }: PlainMap): number | null {
  const { mode, replicas } = mapOf(deploy);
  return mode === "global" ? null : (numberOf(scale) ?? numberOf(replicas) ?? 1);
}

/** Those that another service waits for until they have ended well. */
function awaited(services: readonly (readonly [string, PlainMap])[]): ReadonlySet<string> {
  return new Set(
    services.flatMap(([, { depends_on: dependsOn }]) =>
      Object.entries(mapOf(dependsOn)).flatMap(([name, one]) =>
        mapOf(one).condition === "service_completed_successfully" ? [name] : [],
      ),
    ),
  );
}

/** Whether the file itself says that docker does not start it again when it has ended well. */
function endsByItself({ restart, deploy }: PlainMap): boolean {
  const { condition } = mapOf(mapOf(deploy).restart_policy);
  if (condition !== undefined) return condition === "none" || condition === "on-failure";
  // `no` is a text in quotes, and false without them.
  return restart === false || /^(?:no|on-failure)/.test(typeof restart === "string" ? restart : "");
}

function isStarted({ profiles }: PlainMap, active: ReadonlySet<string>): boolean {
  const own = namesOf(profiles);
  return own.length === 0 || active.has("*") || own.some((name) => active.has(name));
}

/** Nothing where the file is in another repository. */
function expectedOf({ type, file, env }: ComposeSpec): readonly Expected[] {
  const filled = filledIn(file, env);
  const services = isMap(filled) ? extendedServices(filled) : [];
  const waitedFor = awaited(services);
  const active = new Set((env.COMPOSE_PROFILES ?? "").split(",").filter((name) => name !== ""));
  return services
    .filter(([, service]) => type === "stack" || isStarted(service, active))
    .map(([name, service]) => ({
      service: name,
      replicas: replicasOf(service),
      container: typeof service.container_name === "string" ? service.container_name : null,
      mayEnd: waitedFor.has(name) || endsByItself(service),
    }));
}

/** The parts of a service of the file. */
function partsOf(
  { service, container }: Expected,
  { appName, parts = [] }: SwarmService,
): readonly ServicePart[] {
  return parts.filter(({ name }) => {
    if (name === container || name === `${appName}_${service}`) return true;
    const prefix = `${appName}-${service}-`;
    return name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length));
  });
}

/** Whether a container is as it should be. */
function isWell({ state, health, exitCode }: ServicePart, mayEnd: boolean): boolean {
  if (state === "running") return health === null || health === "healthy";
  return state === "exited" && exitCode === 0 && mayEnd;
}

function wrongOf(service: string, part: ServicePart): string {
  const { state, health, exitCode, running, wanted } = part;
  if (state === "service") return `${service}: ${running} of ${wanted} containers`;
  if (state === "running")
    return `${service}: ${health === "starting" ? "health check" : "unhealthy"}`;
  return `${service}: ${state}${exitCode === null ? "" : ` (${exitCode})`}`;
}

interface Counted {
  readonly running: number;
  readonly wanted: number;
  readonly wrong: readonly string[];
}

function countOne(expected: Expected, found: SwarmService): Counted {
  const { service, replicas, mayEnd } = expected;
  const parts = partsOf(expected, found);
  const [first] = parts;
  if (first === undefined) {
    const wanted = replicas ?? 1;
    return { running: 0, wanted, wrong: wanted === 0 ? [] : [`${service}: does not exist`] };
  }
  if (first.state === "service") {
    const wanted = replicas ?? first.wanted;
    const isRight =
      first.wanted === wanted && (first.running === wanted || (mayEnd && first.running < wanted));
    if (isRight) return { running: wanted, wanted, wrong: [] };
    return {
      running: Math.min(first.running, wanted - 1),
      wanted,
      wrong: [wrongOf(service, first)],
    };
  }
  const wanted = replicas ?? 1;
  const bad = parts.filter((part) => !isWell(part, mayEnd));
  const wrong = bad.map((part) => wrongOf(service, part));
  const missing =
    parts.length < wanted ? [`${service}: ${parts.length} of ${wanted} containers`] : [];
  return { running: parts.length - bad.length, wanted, wrong: [...wrong, ...missing] };
}

type Asked = { readonly spec: ComposeSpec; readonly ignore: readonly string[] };

/** What must run as far as Git says it; null where people keep the file to themselves. */
export function wantedParts({ spec, ignore }: Asked): number | null {
  if (ignore.includes("file") || spec.git !== null) return null;
  return expectedOf(spec).reduce((sum, { replicas }) => sum + (replicas ?? 1), 0);
}

/** What runs of it, counted in containers that are as they should be. */
export function countParts(asked: Asked, found: SwarmService): SwarmService {
  const { parts = [] } = found;
  const expected: readonly Expected[] = asked.ignore.includes("file") ? [] : expectedOf(asked.spec);
  if (expected.length === 0) {
    const well = parts.filter((part) => part.state === "service" || isWell(part, true));
    const wrong = parts
      .filter((part) => !well.includes(part))
      .map((part) => wrongOf(part.name, part));
    return { ...found, running: well.length, wanted: parts.length, wrong };
  }
  const counted = expected.map((one) => countOne(one, found));
  const sum = (of: (one: Counted) => number): number =>
    counted.reduce((all, one) => all + of(one), 0);
  return {
    ...found,
    running: sum(({ running }) => running),
    // A service of every node counts as many as it has.
    wanted: sum(({ wanted }) => wanted),
    wrong: counted.flatMap(({ wrong }) => wrong),
  };
}

/** The services of the file of which nothing is there at all, as when somebody removed them by hand. */
function missingParts({ spec, ignore }: Asked, found: SwarmService): readonly string[] {
  if (ignore.includes("file")) return [];
  return expectedOf(spec).flatMap((one) =>
    one.replicas !== 0 && partsOf(one, found).length === 0 ? [one.service] : [],
  );
}

/** Whether everything was stopped: containers that are there and do not run, services scaled to none. */
function isStopped({ parts = [] }: SwarmService): boolean {
  return (
    parts.length > 0 &&
    parts.every(({ state, wanted }) => (state === "service" ? wanted === 0 : state === "exited"))
  );
}

/** Parts that somebody removed, or stopped in Dokploy: one that crashes is no drift, and told elsewhere. */
export function partsDrift(
  asked: Asked,
  found: SwarmService,
  status: ObservedService["status"],
): DriftChange | null {
  const gone = missingParts(asked, found);
  if (gone.length > 0) return { what: "parts", gone };
  return status === "idle" && isStopped(found) ? { what: "stopped" } : null;
}
