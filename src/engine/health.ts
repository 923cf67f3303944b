// What of a stack does not run as it should, in words: a crash loop, a service removed by hand, a
// stopped one. From the shared list; only for what is not right are tasks and logs read.
import type { DesiredStack } from "../model/desired.ts";
import { ownerName, sameWant } from "../model/marker.ts";
import { servicesOf } from "../plan/ownership.ts";
import type { Platform } from "../ports.ts";
import type { View } from "./world.ts";

const logLines = 20;
const linesShown = 3;

async function explain(
  platform: Platform,
  applicationId: string,
  appName: string,
): Promise<string> {
  try {
    const tasks = await platform.tasks(appName);
    const errors = new Set(tasks.filter((task) => task.failed).map((task) => task.error));
    const lines = await platform.serviceLog(applicationId, logLines);
    const said = lines.filter((line) => line.trim() !== "").slice(-linesShown);
    return [...errors, ...said].filter((text) => text !== "").join(" | ");
  } catch {
    return "";
  }
}

/** One line for each service that is rolled out and not healthy; null when the swarm is not believed. */
export async function unhealthyServices(
  desired: DesiredStack,
  view: View,
  platform: Platform,
): Promise<readonly string[] | null> {
  const { swarm, ownership } = view;
  if (swarm === null) return null;
  const owner = ownerName(ownership.instance, desired.name);
  const places = (ownership.owned.get(desired.name) ?? []).flatMap(servicesOf);
  const lines: string[] = [];
  for (const service of desired.services) {
    const place = places.find(
      ({ marker }) => marker?.owner === owner && marker.key === service.key,
    );
    const want = place?.marker?.want ?? null;
    if (place === undefined || want === null) continue;
    if (!sameWant(want, place.marker?.done ?? null)) continue;
    const { appName, id } = place.service;
    if (appName.startsWith("dokploy-")) continue;
    const live = swarm.get(appName);
    if (live === undefined) {
      if (service.spec.replicas > 0) lines.push(`${service.key}: its swarm service is gone`);
      continue;
    }
    const wanted = service.ignore.includes("replicas") ? live.wanted : service.spec.replicas;
    if (live.running === wanted) continue;
    const why = await explain(platform, id, appName);
    lines.push(
      `${service.key}: ${live.running} of ${wanted} replicas run${why === "" ? "" : `: ${why}`}`,
    );
  }
  return lines;
}
