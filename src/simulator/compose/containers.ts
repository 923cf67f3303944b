/**
 * The containers of compose services of type docker-compose. What each does follows from its command and its image, and
 * is computed from the clock when somebody looks, as for services of the swarm.
 */
import { createHash } from "node:crypto";
import { crashPeriodMs, flapPeriodMs, isRecordedImage } from "../swarmService.ts";
import { behaviourOf, type World } from "../world.ts";
import type { Container } from "./project.ts";
import { commandOf, entriesOf, type ComposeService } from "./file.ts";

export interface ContainerNow {
  state: "running" | "restarting" | "exited";
  status: string;
  exitCode: number;
  restarts: number;
  /** Since when it runs, or when its process ended. */
  at: number;
}

const UP_MS = 8000;
/** Until the first health check has answered. */
const STARTING_MS = 1000;
const KILLED = 137;
const TERMINATED = 143;

export function newContainer(
  world: World,
  place: { appName: string; service: string; number: number },
  given: ComposeService,
): Container {
  const now = Date.now();
  const command = commandOf(given);
  const image = given.image ?? `${place.appName}-${place.service}`;
  const test = given.healthcheck?.test;
  const shown = Array.isArray(test) ? test.join(" ") : (test ?? "");
  const id = createHash("sha256").update(world.random.dockerId()).digest("hex");
  return {
    id,
    service: place.service,
    name: given.container_name ?? `${place.appName}-${place.service}-${place.number}`,
    image,
    command,
    labels: entriesOf(given.labels),
    env: entriesOf(given.environment),
    restart: given.restart ?? "no",
    health: test === undefined ? null : /\bfalse\b/.test(shown) ? "fails" : "passes",
    config: configOf(given),
    createdAt: now,
    since: now,
    stopped: null,
  };
}

export function configOf(given: ComposeService): string {
  return createHash("sha256").update(JSON.stringify(given)).digest("hex");
}

/** How many milliseconds its process lives, and with what it ends; null: it goes on. */
function lifeOf(world: World, { command, image }: Container): { ms: number; code: number } | null {
  const asked = /\bexit (\d+)/.exec(command)?.[1];
  if (asked !== undefined) return { ms: world.crashAfterMs, code: Number(asked) };
  if (/^(?:\/bin\/)?true$/.test(command)) return { ms: world.crashAfterMs, code: 0 };
  switch (behaviourOf(world, image)) {
    case "crash":
      return { ms: world.crashAfterMs, code: 2 };
    case "flap":
      return { ms: UP_MS, code: 2 };
    case "healthy":
    case "slow":
    case "missing":
    case "unreachable":
      return null;
  }
}

function startsAgain(restart: string, code: number): boolean {
  if (restart.startsWith("on-failure")) return code !== 0;
  return restart === "always" || restart === "unless-stopped";
}

export function containerNow(world: World, container: Container): ContainerNow {
  const { since, stopped, health } = container;
  const ended = (code: number, at: number): ContainerNow => ({
    state: "exited",
    status: `Exited (${code}) ${span(at)} ago`,
    ...{ exitCode: code, restarts: 0, at },
  });
  if (stopped !== null) return ended(stopped.code, stopped.at);
  const life = lifeOf(world, container);
  const elapsed = world.time.since(since);
  const up = (at: number, restarts: number): ContainerNow => ({
    state: "running",
    status: `Up ${span(at)}${healthText(health, world.time.since(at))}`,
    ...{ exitCode: 0, restarts, at },
  });
  if (life === null || elapsed < life.ms) return up(since, 0);
  const endedAt = since + life.ms * world.time.scale;
  if (!startsAgain(container.restart, life.code)) return ended(life.code, endedAt);
  const period = life.ms === UP_MS ? flapPeriodMs : crashPeriodMs;
  const restarts = Math.floor(elapsed / period);
  const begun = since + restarts * period * world.time.scale;
  if (restarts > 0 && elapsed % period < life.ms) return up(begun, restarts);
  const at = begun + life.ms * world.time.scale;
  return {
    state: "restarting",
    status: `Restarting (${life.code}) ${span(at)} ago`,
    ...{ exitCode: life.code, restarts: restarts + 1, at },
  };
}

export function healthOf(world: World, container: Container): string {
  const { at } = containerNow(world, container);
  if (world.time.since(at) < STARTING_MS) return "starting";
  return container.health === "passes" ? "healthy" : "unhealthy";
}

function healthText(health: Container["health"], elapsedMs: number): string {
  if (health === null) return "";
  if (elapsedMs < STARTING_MS) return " (health: starting)";
  return health === "passes" ? " (healthy)" : " (unhealthy)";
}

function span(fromMs: number): string {
  const seconds = Math.floor((Date.now() - fromMs) / 1000);
  if (seconds < 1) return "Less than a second";
  if (seconds < 60) return `${seconds} second${seconds === 1 ? "" : "s"}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes === 1 ? "About a minute" : `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  return hours === 1 ? "About an hour" : `${hours} hours`;
}

export function stopContainers(containers: Container[]): void {
  const at = Date.now();
  for (const one of containers) {
    one.stopped ??= { at, code: isRecordedImage(one.image) ? KILLED : TERMINATED };
  }
}

export function startContainers(containers: Container[]): void {
  for (const one of containers) {
    if (one.stopped === null) continue;
    one.stopped = null;
    one.since = Date.now();
  }
}
