// What a Dokploy server tells of its own state. Each question is asked alone: older versions lack some of them,
// and a key may not see all.
import { z } from "zod";
import { isCapstanError } from "../lib/errors.ts";
import type { PlatformDiagnosis } from "../ports-diagnosis.ts";
import type { Client } from "./client.ts";
import { sentTable } from "./sent-table.ts";
import { apiDescription, apiDifferences } from "./api-description.ts";

const timeoutMs = 30_000;

const serverTime = z.object({ time: z.string() });
const webServerSettings = z.object({ buildsConcurrency: z.number().nullish() });
const nodes = z.array(z.object({ Status: z.string().default("") }));
const serverHealth = z.object({
  error: z.string().optional(),
  disk: z.object({ totalBytes: z.number(), usedBytes: z.number() }),
  dockerNetworks: z
    .object({
      usage: z
        .array(
          z.object({
            name: z.string(),
            containersInUse: z.number(),
            capacity: z.number().nullable(),
          }),
        )
        .catch([]),
    })
    .catch({ usage: [] }),
});
const serviceHealth = z.object({ status: z.string(), message: z.string().default("") });
const infrastructure = z.record(z.string(), serviceHealth);

/** Throws `unavailable` when the server does not answer at all. */
export async function diagnoseServer(client: Client): Promise<PlatformDiagnosis> {
  async function ask<S extends z.ZodType>(
    procedure: string,
    schema: S,
    input: Record<string, string> | null = null,
  ): Promise<z.output<S> | null> {
    try {
      return await client.query({ procedure, input, timeoutMs }, schema);
    } catch (error) {
      if (isCapstanError(error) && error.code !== "internal") return null;
      throw error;
    }
  }

  const askedAtMs = client.clock.now();
  const time = await ask("server.getServerTime", serverTime);
  const middleMs = (askedAtMs + client.clock.now()) / 2;
  const thereMs = time === null ? Number.NaN : Date.parse(time.time);
  const [settings, swarm, health, services, described] = await Promise.all([
    ask("settings.getWebServerSettings", webServerSettings),
    ask("swarm.getNodes", nodes),
    ask("docker.getServerHealth", serverHealth),
    ask("settings.checkInfrastructureHealth", infrastructure),
    ask("settings.getOpenApiDocument", apiDescription),
  ]);
  const isMeasured = health !== null && health.error === undefined && health.disk.totalBytes > 0;
  return {
    clockAheadMs: Number.isNaN(thereMs) ? null : Math.round(thereMs - middleMs),
    apiDifferences: described === null ? null : apiDifferences(sentTable, described),
    buildsConcurrency: settings?.buildsConcurrency ?? null,
    swarm: swarm === null ? null : swarm.some(({ Status }) => Status.toLowerCase() === "ready"),
    disk: isMeasured ? health.disk : null,
    networks: (health?.dockerNetworks.usage ?? []).flatMap(
      ({ name, containersInUse: inUse, capacity }) =>
        capacity === null ? [] : [{ name, inUse, capacity }],
    ),
    services: Object.entries(services ?? {}).map(([name, { status, message }]) => ({
      name,
      healthy: status === "healthy",
      message,
    })),
  };
}
