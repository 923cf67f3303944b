/**
 * What the containers of a service print, as docker shows it with their times: computed from the clock when
 * somebody looks, like everything of a service. What was recorded printed nothing, and its image prints
 * nothing here.
 */
import { z } from "zod";
import { fail } from "./failure.ts";
import { crashPeriodMs, flapPeriodMs, isRecordedImage, wanted } from "./swarmService.ts";
import type { SwarmService } from "./swarmTypes.ts";
import { linesOnce, runsOnce } from "./swarmOnce.ts";
import type { Time } from "./time.ts";
import type { World } from "./world.ts";

const requestPeriodMs = 5_000;

/** The lines that came `periodMs` apart, of which the newest `tail` are made. */
function every(
  service: SwarmService,
  time: Time,
  tail: number,
  {
    periodMs,
    firstMs,
    text,
  }: {
    readonly periodMs: number;
    readonly firstMs: number;
    readonly text: (index: number) => string;
  },
): string[] {
  const { since } = service.running;
  const count = Math.floor((time.since(since) - firstMs) / periodMs) + 1;
  const first = Math.max(0, count - tail);
  return Array.from({ length: Math.max(0, count - first) }, (_unused, i) => {
    const atMs = since + (firstMs + (first + i) * periodMs) * time.scale;
    return `${new Date(atMs).toISOString()} ${text(first + i)}`;
  });
}

function linesOf(service: SwarmService, time: Time, tail: number): string[] {
  const { behaviour, image, since } = service.running;
  switch (behaviour) {
    case "missing":
    case "unreachable":
      return [];
    case "crash":
    case "flap":
      return every(service, time, tail, {
        periodMs: behaviour === "crash" ? crashPeriodMs : flapPeriodMs,
        firstMs: 0,
        text: () => "simulated: the process ends with code 2",
      });
    case "healthy":
    case "slow": {
      if (isRecordedImage(image)) return [];
      const started = [`${new Date(since).toISOString()} simulated: ${image} starts`];
      const requests = every(service, time, tail, {
        periodMs: requestPeriodMs,
        firstMs: 1_000,
        text: (index) => `simulated: request ${index + 1} is answered in ${3 + (index % 7)} ms`,
      });
      return [...started, ...requests].slice(-tail);
    }
  }
}

/** Nothing runs of a service that is scaled to none. */
function serviceLog(service: SwarmService, time: Time, tail: number): string {
  const lines = runsOnce(service.spec)
    ? linesOnce(service, time, tail)
    : wanted(service) === 0
      ? []
      : linesOf(service, time, tail);
  return lines.map((line) => `${line}\n`).join("");
}

/** What the `readLogs` of every kind takes, beside the id. */
export const logInput = {
  tail: z.coerce.number().int().min(1).max(10000).default(100),
  since: z
    .string()
    .regex(/^(all|\d+[smhd])$/, "Invalid since format")
    .default("all"),
  search: z
    .string()
    .regex(/^[a-zA-Z0-9 ._-]{0,500}$/)
    .optional(),
};

/** The log of the service of that name; that there is none is an error. */
export function readServiceLog(world: World, appName: string, tail: number): string {
  const service = world.tables.swarmServices.get(appName);
  if (service === undefined)
    throw fail("INTERNAL_SERVER_ERROR", `No container or service found for: ${appName}`);
  return serviceLog(service, world.time, tail);
}
