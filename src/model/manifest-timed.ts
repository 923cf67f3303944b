// The schemas of what Dokploy does by the clock for a service.
import { z } from "zod";
import { count, nonEmpty } from "./manifest-words.ts";

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

/** Of a compose service, which has containers of many kinds. */
export const composeSchedules = z
  .record(
    jobName,
    schedule.extend({
      service: nonEmpty.describe("The service of the compose file in whose container it runs."),
    }),
  )
  .default({})
  .describe("Commands that run by the clock, by name.");

/** Of any service; what only some say is absent in the others. */
export type SchedulesManifest = Readonly<
  Record<string, z.output<typeof schedule> & { readonly service?: string }>
>;

const copies = {
  cron: cron.describe('When it is made, by the clock of the server: "0 3 * * *".'),
  destination: nonEmpty.describe("Where it is stored: a destination by its name in Dokploy."),
  prefix: z
    .string()
    .regex(/^(?!(?:.*\/)?\.+(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/, {
      error: "must be a folder of letters, digits, `.`, `_` and `-`, with `/` only in between",
    })
    .optional()
    .describe("The folder in the destination, below the service's own. Default: its name."),
  keepLatest: count
    .min(1)
    .optional()
    .describe("How many Dokploy keeps; it deletes older ones after each. Default: all of them."),
  enabled,
};

const backup = z
  .strictObject({
    ...copies,
    database: nonEmpty
      .optional()
      .describe("The database that is dumped. Default: the one that the service is made with."),
  })
  .describe("A dump of the database that Dokploy makes by the clock.");

export const backups = z
  .record(jobName, backup)
  .default({})
  .describe("Dumps that Dokploy stores in a destination, by name. Of all but redis.");

/** The databases of which Dokploy makes dumps inside a compose service. */
export const composeDatabaseTypes = ["postgres", "mysql", "mariadb", "mongo"] as const;

const composeBackup = z
  .strictObject({
    ...copies,
    service: nonEmpty.describe("The service of the compose file that is the database."),
    type: z.enum(composeDatabaseTypes).describe("Which database it is."),
    database: nonEmpty.describe("The database that is dumped."),
    user: nonEmpty
      .optional()
      .describe("The user who dumps it. Of all but mysql, which is dumped as root."),
    password: nonEmpty
      .optional()
      .describe("That user's password. Of mariadb and mongo. Best a secret: $(secrets.name)"),
    rootPassword: nonEmpty
      .optional()
      .describe("The password of root. Of mysql. Best a secret: $(secrets.name)"),
  })
  .describe("A dump of a database in the compose file that Dokploy makes by the clock.");

export const composeBackups = z
  .record(jobName, composeBackup)
  .default({})
  .describe(
    "Dumps of databases in the compose file that Dokploy stores in a destination, by name.",
  );

export type ComposeBackupsManifest = z.output<typeof composeBackups>;

const volumeBackup = z.strictObject({
  ...copies,
  volume: nonEmpty.describe("The volume, as `source` of a mount of this service has it."),
  turnOff: z.boolean().default(false).describe("Stop the service while the volume is copied."),
});

export const volumeBackups = z
  .record(jobName, volumeBackup)
  .default({})
  .describe("Copies of volumes that Dokploy stores in a destination, by name.");

/** Of a database, which Dokploy cannot stop for it. */
export const databaseVolumeBackups = z
  .record(
    jobName,
    volumeBackup.omit({ turnOff: true }).extend({
      volume: volumeBackup.shape.volume
        .optional()
        .describe("The volume. Default: the one in which the database has its data."),
    }),
  )
  .default({})
  .describe("Copies of volumes that Dokploy stores in a destination, by name.");

/** Of a compose service. */
export const composeVolumeBackups = z
  .record(
    jobName,
    volumeBackup.extend({
      volume: nonEmpty.describe("The volume, by its name under `volumes` in the compose file."),
      service: nonEmpty.describe("The service of the compose file that mounts it."),
      turnOff: volumeBackup.shape.turnOff.describe(
        "Stop that service while the volume is copied; others that mount it run on.",
      ),
      external: z
        .boolean()
        .default(false)
        .describe(
          "With `git`: `volume` is its name on the server, as the file sets one or it is external.",
        ),
    }),
  )
  .default({})
  .describe("Copies of volumes that Dokploy stores in a destination, by name.");

export type ComposeVolumeBackupsManifest = z.output<typeof composeVolumeBackups>;

export type BackupsManifest = z.output<typeof backups>;
type VolumeBackup = z.output<typeof volumeBackup>;
/** Of any service; what only some say is absent in the others. */
export type VolumeBackupsManifest = Readonly<
  Record<
    string,
    Omit<VolumeBackup, "volume" | "turnOff"> & {
      readonly volume?: string | undefined;
      readonly turnOff?: boolean;
    }
  >
>;
