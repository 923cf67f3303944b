// Whether this key on this server will do: reachable, a version that is known, a role that sees
// everything, and no key of the kind that is used up after five requests.
import { CapstanError } from "../lib/errors.ts";
import type { PlatformInfo } from "../ports.ts";
import { member, ownKeys, version } from "./answers.ts";
import type { Call } from "./calls.ts";
import type { Client } from "./client.ts";
import { hints } from "./errors.ts";
import { readShaped } from "./read-shaped.ts";
import type { Alongside } from "./observe.ts";
import type { Descriptions } from "./read-description.ts";
import type { Reading } from "./reading.ts";
import { judgeVersion, mayDescribeItself } from "./versions.ts";

const timeoutMs = 30_000;
const roles: ReadonlySet<string> = new Set(["owner", "admin"]);
/** A limit below this many verifications an hour stops a controller sooner or later. */
const leastPerHour = 600;
const hourMs = 3_600_000;

const calls: readonly Call[] = [
  { procedure: "settings.getDokployVersion", input: null },
  { procedure: "user.get", input: null },
  { procedure: "user.getBackups", input: null },
];

/**
 * One request for version, role, the kind of the key, and what is asked `alongside`; one more, once a version, where
 * the server's own description decides whether it may be written to.
 */
export async function checkServer(
  client: Client,
  options: {
    readonly apiKey: string;
    readonly acceptVersion: string | null;
    readonly alongside: Alongside | null;
    readonly descriptions: Descriptions;
  },
): Promise<PlatformInfo> {
  const { alongside } = options;
  const askedAtMs = client.clock.now();
  const takeAlongside = alongside?.begin();
  const readings = await client.readAll(
    [...calls, ...(alongside?.calls ?? [])],
    alongside?.timeoutMs ?? timeoutMs,
  );
  const running = readShaped(readings, 0, version, "settings.getDokployVersion");
  const role = readShaped(readings, 1, member, "user.get")?.role ?? "none";
  if (!roles.has(role)) {
    throw new CapstanError("forbidden", `the key belongs to a person with the role ${role}`, {
      hint: hints.role,
    });
  }
  checkLimit(readings[2], options.apiKey);
  takeAlongside?.(readings.slice(calls.length), askedAtMs);
  const { acceptVersion, descriptions } = options;
  const first = judgeVersion(running, acceptVersion, null);
  const isOpen = !first.supported && mayDescribeItself(running);
  const differences = isOpen ? await descriptions.differences(running) : null;
  return {
    version: running,
    role,
    ...(isOpen ? judgeVersion(running, acceptVersion, differences) : first),
  };
}

/**
 * `user.get` does not say whether a key is limited; `user.getBackups` shows the whole rows of one's own
 * keys, told apart by their first characters. Where it cannot be asked, the limit stays unknown and
 * shows itself as `unauthorised` or `rate-limited` later.
 */
function checkLimit(reading: Reading<unknown> | undefined, apiKey: string): void {
  if (reading === undefined) return;
  if (!reading.ok) {
    const { code } = reading.error;
    if (code === "unauthorised" || code === "rate-limited") throw reading.error;
    return;
  }
  const parsed = ownKeys.safeParse(reading.value);
  if (!parsed.success) return;
  const mine = parsed.data.apiKeys.filter(
    ({ start }) => start !== null && start !== "" && apiKey.startsWith(start),
  );
  // Two keys that begin alike: only what holds for all of them is sure.
  const limits = mine.map(({ rateLimitEnabled, rateLimitMax, rateLimitTimeWindow }) =>
    rateLimitEnabled === true && rateLimitMax !== null && rateLimitTimeWindow !== null
      ? { max: rateLimitMax, hours: rateLimitTimeWindow / hourMs }
      : null,
  );
  const [limit] = limits;
  if (limit === undefined || limit === null || limits.includes(null)) return;
  if (limit.max / limit.hours >= leastPerHour) return;
  throw new CapstanError(
    "rate-limited",
    `the key allows ${limit.max} verifications in ${Math.round(limit.hours)} h, and each request takes one or two`,
    { hint: hints.limit },
  );
}
