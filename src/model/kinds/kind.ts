// What the plan and the engine must know of a kind of service.
import type { DriftChange } from "../cause.ts";
import type { HostAccess } from "../host-access.ts";
import type { Row } from "../field-table.ts";
import type { ObservedService, SwarmService } from "../observed.ts";
import type { GitSource } from "../specs.ts";

/** A change that loses data when it is made: what to call it, and what to do instead. */
export interface DataLoss {
  /** The field's path. */
  readonly path: string;
  /** What would become of the data, as a clause: `the data stay in the format of PostgreSQL 16`. */
  readonly why: string;
  readonly instead: string;
  /** Whether `allowDataLoss` on the service lets it happen; what would not even work is never allowed. */
  readonly allowable: boolean;
}

/** A service as Git asks for it, with the fields that people keep. */
export interface Asked<Spec> {
  readonly spec: Spec;
  readonly ignore: readonly string[];
}

export interface Kind<Spec> {
  /** For people: `application`, `postgres database`. */
  readonly title: string;
  /** What keys of such services begin with: `app` in `app/web`. */
  readonly prefix: string;
  /** A service with nothing set. */
  readonly defaults: Spec;
  readonly fields: readonly Row<Spec>[];
  /** Settings of Dokploy's own beside the fields, which Capstan sets right unless `ignore` names them. */
  readonly settings: readonly string[];
  /**
   * How Dokploy deploys it: `queued`, one after another with a row for each deployment; `direct`, while the request
   * lasts and without a row.
   */
  readonly deploys: "queued" | "direct";
  /**
   * As what it runs: one `service` of the swarm, which the lists show of everybody; or `parts`, on a network
   * of their own, which are only looked for where they are Capstan's.
   */
  readonly runsAs: "service" | "parts";
  /** How many containers must run; null: as many as what runs itself wants. */
  readonly replicas: (asked: Asked<Spec>) => number | null;
  /** What the lists show of it, counted as this kind counts. */
  readonly count: (asked: Asked<Spec>, found: SwarmService) => SwarmService;
  /** Its names on `dokploy-network`. */
  readonly aliases: (spec: Spec) => readonly string[];
  /** How what runs is not as it was asked for, where something runs; null when it is. `found` is counted. */
  readonly drift: (
    asked: Asked<Spec>,
    found: SwarmService,
    status: ObservedService["status"],
  ) => DriftChange | null;
  /** What it runs, in few words: an image. */
  readonly runs: (spec: Spec) => string;
  /** The one image that it runs; null: it runs many, or none that Git names. */
  readonly image: (spec: Spec) => string | null;
  /** The repository from which Dokploy gets it with each deployment; null: it is in the configuration. */
  readonly source: (spec: Spec) => GitSource | null;
  /** Whether what runs carries the label `capstan.want`; otherwise its deployment's row is all that proves it. */
  readonly carriesLabel: (spec: Spec) => boolean;
  /** What of it reaches the host that it runs on. */
  readonly hostAccess: (spec: Spec) => readonly HostAccess[];
  /** The volumes that stay on the server when it goes, by their names there. */
  readonly volumes: (spec: Spec, appName: string) => readonly string[];
  /** All volumes that hold data of it, by their names on its server: those that it shares too. */
  readonly data: (spec: Spec, appName: string) => readonly string[];
  /** The changes from `have` to `want` that would lose data. */
  readonly losses: (want: Spec, have: Spec) => readonly DataLoss[];
}
