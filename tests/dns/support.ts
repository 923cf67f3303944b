// What the tests of DNS share: Hetzner's adapter on a stand-in, with a clock on which time passes only where
// somebody waits for it.
import { createHetzner } from "../../src/dns/hetzner.ts";
import type { HetznerOptions } from "../../src/dns/hetzner.ts";
import { httpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { Dns } from "../../src/ports-dns.ts";
import type { FakeHetzner, FakeRecordSet } from "../support/fake-hetzner.ts";

export interface SleepClock extends Clock {
  /** All waits so far, in milliseconds. */
  readonly slept: number[];
}

/** Every wait is over at once, and as much later it is then; the time of exchanges is none. */
export function sleepClock(): SleepClock {
  let nowMs = Date.now();
  const slept: number[] = [];
  return {
    slept,
    now: () => nowMs,
    async sleep(ms) {
      slept.push(ms);
      nowMs += ms;
    },
    after() {
      throw new Error("nobody sets a timer here");
    },
  };
}

export function hetznerAt(
  host: FakeHetzner,
  clock: Clock,
  more: Partial<HetznerOptions> = {},
): Dns {
  return createHetzner({
    url: host.api,
    token: host.token,
    zoneId: null,
    below: "ai.example.com",
    instance: "default",
    http: httpClient,
    clock,
    random: () => 0.5,
    logger: silentLogger,
    redactor: createRedactor(),
    ...more,
  });
}

/** Marks a record set as Capstan does, for the values that it has now. */
export function markAs(set: FakeRecordSet, instance: string): FakeRecordSet {
  set.labels["capstan-instance"] = instance;
  for (const record of set.records) {
    record.comment = `made by Capstan (${instance}): ${record.value}`;
  }
  return set;
}
