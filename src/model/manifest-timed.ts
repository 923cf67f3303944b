// The schemas of what Dokploy does by the clock for a service.
import { z } from "zod";
import { nonEmpty } from "./manifest-words.ts";

/** By it Capstan knows which one is meant, as Dokploy does not. */
const jobName = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9 _-]{0,48}[A-Za-z0-9])?$/, {
  error: "must be a name of up to 50 letters, digits, blanks, _ and -",
});

export const cron = nonEmpty.describe(
  'When it runs: "0 2 * * *" is at two every night. Six fields begin with seconds.',
);

export const enabled = z.boolean().default(true).describe("false keeps it and never runs it.");

const schedule = z
  .strictObject({
    cron,
    timezone: nonEmpty.default("UTC").describe("The time zone of `cron`: Europe/Amsterdam"),
    command: nonEmpty.describe(
      "Runs in a container of the service that is up. It may hold a secret.",
    ),
    shell: z.enum(["sh", "bash"]).default("sh").describe("A shell that the image has."),
    enabled,
  })
  .describe("A command that Dokploy runs by the clock.");

export const schedules = z
  .record(jobName, schedule)
  .default({})
  .describe("Commands that run by the clock, by name.");

export type SchedulesManifest = z.output<typeof schedules>;
