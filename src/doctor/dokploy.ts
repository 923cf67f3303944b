// Whether the Dokploy server can be reached, is of a version that is known, and has what deployments need.
import type { PlatformInfo } from "../ports.ts";
import type { PlatformDiagnosis, PlatformDoctor } from "../ports-diagnosis.ts";
import { fail, pass, skip, warn } from "./check.ts";
import type { Check, Finding } from "./check.ts";

/** Above this, times in events and logs mislead; tokens and sessions may be refused. */
const clockWarnMs = 5_000;
const clockFailMs = 60_000;
const diskWarn = 0.85;
const diskFail = 0.95;
const networkWarn = 0.8;

const gib = (bytes: number): string => `${Math.round(bytes / 2 ** 30)} GiB`;
const percent = (part: number): string => `${Math.round(part * 100)} %`;
const untold = skip("this version of Dokploy does not tell, or not to this key");

export function versionFinding({
  version,
  supported,
  isTried,
  verdict,
  role,
}: PlatformInfo): Finding {
  const shown = version.replace(/^v?/, "v");
  const why = isTried ? "" : ` (${verdict})`;
  if (supported) return pass(`${shown}${why}; the key acts as ${role}`);
  return fail(`${shown}: ${verdict}`, "or use a version of Capstan that knows it");
}

export function apiFinding({ apiDifferences }: PlatformDiagnosis): Finding {
  if (apiDifferences === null) return untold;
  const [first] = apiDifferences;
  if (first === undefined) return pass("its API takes everything that Capstan sends");
  const shown = apiDifferences.slice(0, 3).join(", ");
  const more = apiDifferences.length > 3 ? `, and ${apiDifferences.length - 3} more` : "";
  return fail(
    `its API differs from what Capstan sends: ${shown}${more}`,
    "use a version of Dokploy that Capstan was tried with",
  );
}

export function clockFinding({ clockAheadMs }: PlatformDiagnosis): Finding {
  if (clockAheadMs === null) return untold;
  const off = Math.abs(clockAheadMs);
  const seconds = Math.round(off / 1_000);
  const side = clockAheadMs > 0 ? "ahead of" : "behind";
  if (off < clockWarnMs) return pass("its clock and the one here agree");
  const message = `its clock is ${seconds} s ${side} the one here`;
  const next = "set both by NTP (timedatectl says whether one is)";
  return off < clockFailMs ? warn(message, next) : fail(message, next);
}

export function buildsFinding({ buildsConcurrency }: PlatformDiagnosis): Finding {
  if (buildsConcurrency === null) return untold;
  if (buildsConcurrency > 1) return pass(`${buildsConcurrency} deployments at the same time`);
  return warn(
    "one deployment at a time: many stacks wait for each other",
    "raise the concurrency of builds in Dokploy's settings, if the host has the memory for it",
  );
}

export function swarmFinding({ swarm }: PlatformDiagnosis): Finding {
  if (swarm === null) {
    return fail("the swarm's nodes cannot be read", "check whether docker runs on Dokploy's host");
  }
  if (swarm) return pass("a node is ready");
  return fail("no node of the swarm is ready", "look at `docker node ls` on Dokploy's host");
}

export function diskFinding({ disk }: PlatformDiagnosis): Finding {
  if (disk === null) return untold;
  const used = disk.usedBytes / disk.totalBytes;
  const message = `${percent(used)} of ${gib(disk.totalBytes)} are used`;
  const next = "remove unused images and volumes in Dokploy, or give the host a larger disk";
  if (used >= diskFail) return fail(message, next);
  return used >= diskWarn ? warn(message, next) : pass(message);
}

export function networksFinding({ networks }: PlatformDiagnosis): Finding {
  if (networks.length === 0) return untold;
  const full = networks.filter(({ inUse, capacity }) => inUse / capacity >= networkWarn);
  const [first] = full;
  if (first === undefined) return pass("all networks have free addresses");
  const { name, inUse, capacity } = first;
  return warn(
    `${name} has ${inUse} of its ${capacity} addresses in use`,
    "recreate the network with a larger subnet before it is full: nothing starts on a full one",
  );
}

type OwnService = PlatformDiagnosis["services"][number];

/** Dokploy answers, so its database does too: one that is no service of this swarm runs elsewhere. */
const runsElsewhere = ({ name, healthy, message }: OwnService): boolean =>
  !healthy && name === "postgres" && /not found/i.test(message);

const logCommand = (name: string): string =>
  `\`${name === "traefik" ? "docker logs" : "docker service logs"} dokploy-${name}\``;

export function servicesFinding({ services }: PlatformDiagnosis): Finding {
  if (services.length === 0) return untold;
  const here = services.filter((one) => !runsElsewhere(one));
  const bad = here.filter(({ healthy }) => !healthy);
  if (bad.length === 0) {
    const names = here.map(({ name }) => name);
    const elsewhere = here.length < services.length ? "; its PostgreSQL runs elsewhere" : "";
    return pass(`${names.join(" and ")} ${names.length === 1 ? "is" : "are"} healthy${elsewhere}`);
  }
  const lines = bad.map(({ name, message }) =>
    message === "" ? `${name} is not healthy` : `${name} is not healthy: ${message}`,
  );
  return fail(
    `Dokploy's own ${lines.join("; ")}`,
    `look at its log on Dokploy's host: ${bad.map(({ name }) => logCommand(name)).join(", ")}`,
  );
}

type Part = readonly [id: string, title: string, of: (found: PlatformDiagnosis) => Finding];
const parts: readonly Part[] = [
  ["procedures", "API of Dokploy", apiFinding],
  ["clock", "Clock of Dokploy", clockFinding],
  ["builds", "Builds", buildsFinding],
  ["swarm", "Swarm", swarmFinding],
  ["services", "Dokploy's services", servicesFinding],
  ["disk", "Disk of Dokploy's host", diskFinding],
  ["networks", "Networks", networksFinding],
];

/** The server is asked once for all of them. */
export function dokployChecks(platform: PlatformDoctor): readonly Check[] {
  let diagnosis: Promise<PlatformDiagnosis> | null = null;
  const info = platform.check();
  info.catch(() => undefined);
  const diagnosed = async (): Promise<PlatformDiagnosis | null> => {
    try {
      await info;
    } catch {
      // The first check says so.
      return null;
    }
    return (diagnosis ??= platform.diagnose());
  };
  return [
    {
      id: "dokploy.version",
      title: "Dokploy",
      look: async () => versionFinding(await info),
    },
    ...parts.map(([id, title, of]): Check => ({
      id: `dokploy.${id}`,
      title,
      async look() {
        const found = await diagnosed();
        return found === null ? skip("Dokploy cannot be asked") : of(found);
      },
    })),
  ];
}
