// Notifications of a running controller, and the ones that `capstan notify --test` sends.
import { domainsOf } from "./model/children.ts";
import { randomUUID } from "node:crypto";
import type { Config } from "./config.ts";
import type { Notifications } from "./cli/context.ts";
import type { Engine } from "./engine/engine.ts";
import { readCertificate } from "./lib/certificate.ts";
import type { Clock } from "./lib/clock.ts";
import { CapstanError, describeError } from "./lib/errors.ts";
import { httpClient } from "./lib/http.ts";
import type { Logger } from "./lib/logger.ts";
import type { Redactor } from "./lib/redact.ts";
import { watchCertificates } from "./notify/certificates.ts";
import type { Shown } from "./notify/certificates.ts";
import { createNotifier, sendTests } from "./notify/notifier.ts";
import type { Notifier, NotifierOptions } from "./notify/notifier.ts";
import type { Target } from "./notify/target.ts";
import { rememberTold } from "./notify/told.ts";
import { createSend } from "./notify/ways/send.ts";
import type { Store } from "./ports-store.ts";

export interface NotifyParts {
  readonly config: Config;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly redactor: Redactor;
}

/** Twice a day. */
const certificatesEveryMs = 12 * 3_600_000;
const dayMs = 24 * 3_600_000;

type Common = Pick<NotifierOptions, "targets" | "instance" | "send" | "newId" | "publicUrl">;

function commonOf({ config, clock, redactor }: Omit<NotifyParts, "random" | "logger">): Common {
  const { targets } = config.notify;
  for (const secret of targets.flatMap(({ secrets }) => secrets)) redactor.register(secret);
  return {
    targets,
    instance: config.instance,
    send: createSend({ http: httpClient, now: () => clock.now() }),
    newId: () => randomUUID(),
    publicUrl: config.publicUrl,
  };
}

function httpsHosts(engine: Engine): readonly Shown[] {
  return engine.desired().flatMap(({ name, services }) =>
    services
      .flatMap(domainsOf)
      .filter(({ https, host }) => https && !host.includes("*"))
      .map(({ host }) => ({ stack: name, host })),
  );
}

/** Where to connect instead of asking the name servers. */
function proxyOf({ traefikAddress }: Config): { readonly host?: string } {
  const [, bracketed, plain] =
    /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(traefikAddress ?? "") ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? {} : { host };
}

/** Begins to tell; returns how that ends. Nothing happens without targets. */
export function startNotifications(
  parts: NotifyParts & { readonly engine: Engine; readonly store: Store },
): () => Promise<void> {
  const { config, clock, random, logger, engine, store } = parts;
  const { targets, groupMs, repeatMs, certificateDays } = config.notify;
  if (targets.length === 0) return async () => undefined;
  const failing: NotifierOptions["failing"] = (target, failure) => {
    const peer = target.title;
    if (failure === null) {
      logger.info({ peer }, "notifications are sent again");
      return;
    }
    const what = failure.again ? "a notification waits to be sent again" : "a notification is lost";
    logger.warn({ peer, error: describeError(failure.error) }, what);
  };
  const facts: NotifierOptions["facts"] = {
    labelsOf: (stack) => engine.loaded()?.byName.get(stack)?.labels ?? {},
    brokenFiles() {
      const { revision, problems } = engine.state();
      return revision === null ? null : problems.map(({ place }) => place.file);
    },
    isGitDown() {
      const { revision, sourceError } = engine.state();
      return sourceError !== null ? true : revision === null ? null : false;
    },
    isDokployDown() {
      const { lastListMs, platformError, swarmError } = engine.state();
      if (platformError !== null || swarmError !== null) return true;
      return lastListMs === null ? null : false;
    },
  };
  let opened: Notifier | null = null;
  /** At the first thing that happens: until this process leads, another one tells, and keeps what it told. */
  const notifier = (): Notifier =>
    (opened ??= createNotifier({
      ...commonOf(parts),
      ...rememberTold(store, clock.now()),
      ...{ clock, random, groupMs, repeatMs, failing, facts },
    }));
  /** W12: the one that leads tells. */
  const standsBy = (): boolean => engine.state().waitsFor !== null;
  const unlisten = engine.onEvent((event) => {
    if (standsBy()) return;
    try {
      notifier().onEvent(event);
    } catch (error) {
      logger.error({ error: String(error) }, "a notification failed unexpectedly");
    }
  });
  const certificates =
    certificateDays === 0
      ? null
      : watchCertificates({
          hosts: () => httpsHosts(engine),
          look: (host, signal) =>
            readCertificate(host, proxyOf(config), signal).then(
              ({ endsAtMs }) => endsAtMs,
              () => null,
            ),
          see: (seen) => {
            if (!standsBy()) notifier().see(seen);
          },
          clock,
          soonMs: certificateDays * dayMs,
          everyMs: certificatesEveryMs,
        });
  return async () => {
    unlisten();
    await certificates?.stop();
    await opened?.stop();
  };
}

function describe({ kinds, labels, quiet }: Target): string {
  const named = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const clock = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  return [
    kinds === null ? "everything" : [...kinds].join(", "),
    ...(named.length === 0 ? [] : [`of stacks with ${named.join(", ")}`]),
    ...(quiet === null
      ? []
      : [`quiet from ${clock(quiet.fromMinute)} to ${clock(quiet.toMinute)} (${quiet.timezone})`]),
  ].join("; ");
}

/** Throws `invalid` where nobody would be told. */
export function notificationsOf(parts: Omit<NotifyParts, "random" | "logger">): Notifications {
  const common = commonOf(parts);
  if (common.targets.length === 0) {
    throw new CapstanError("invalid", "NOTIFY_URLS is not set, so nobody is notified", {
      hint: "the documentation says how each address is written, under Notifications",
    });
  }
  return {
    targets: common.targets.map((target) => ({ title: target.title, what: describe(target) })),
    async test() {
      const results = await sendTests({ ...common, clock: parts.clock });
      return results.map(({ target, error }) => ({ title: target.title, error }));
    },
  };
}
