// Looks now and then when the certificates of people's https domains expire, and reports those that expire soon.
// Nothing else in Capstan knows: Traefik renews them by itself, until it cannot.
import type { Clock } from "../lib/clock.ts";
import type { Seen } from "./judge.ts";

export interface Shown {
  readonly stack: string;
  readonly host: string;
}

export interface CertificateOptions {
  /** The https domains of now. */
  readonly hosts: () => readonly Shown[];
  /** When the certificate of a host expires, in ms; null when nothing can be told of it. Never throws. */
  readonly look: (host: string, signal: AbortSignal) => Promise<number | null>;
  readonly see: (seen: Seen) => void;
  readonly clock: Clock;
  /** One that expires sooner is reported. */
  readonly soonMs: number;
  readonly everyMs: number;
}

export interface CertificateWatch {
  stop(): Promise<void>;
}

/** A start has enough to do. */
const firstLookMs = 60_000;
const mostHosts = 2_000;
const atOnce = 4;
const dayMs = 24 * 3_600_000;

function wordsOf(endsAtMs: number, nowMs: number): string {
  const date = new Date(endsAtMs).toISOString().slice(0, 10);
  if (endsAtMs <= nowMs) return `It expired on ${date}: browsers refuse the site.`;
  const days = Math.floor((endsAtMs - nowMs) / dayMs);
  const left = days === 0 ? "today" : days === 1 ? "in 1 day" : `in ${days} days`;
  return `It expires on ${date}, ${left}, and was not renewed. See Traefik's log on the server.`;
}

export function watchCertificates(options: CertificateOptions): CertificateWatch {
  const { clock, look, see, soonMs } = options;
  const ending = new AbortController();

  async function one({ stack, host }: Shown): Promise<void> {
    const endsAtMs = await look(host, ending.signal);
    if (endsAtMs === null || ending.signal.aborted) return;
    const atMs = clock.now();
    const isSoon = endsAtMs - atMs < soonMs;
    see({
      subject: { type: "certificate", host, stack },
      condition: isSoon ? "failing" : "fine",
      text: isSoon ? wordsOf(endsAtMs, atMs) : "",
      atMs,
      holdMs: 0,
    });
  }

  async function round(): Promise<void> {
    const hosts = new Map(options.hosts().map((shown) => [shown.host, shown]));
    const left = [...hosts.values()].slice(0, mostHosts);
    const work = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        if (ending.signal.aborted) return;
        await one(next);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  async function run(): Promise<void> {
    await clock.sleep(firstLookMs, ending.signal);
    while (!ending.signal.aborted) {
      await round();
      await clock.sleep(options.everyMs, ending.signal);
    }
  }

  const running = run();
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}
