// A plan: the ordered actions that turn what is observed into what is desired, as plain data. Each
// action says why, what it risks and which fields it changes; nothing here can carry anything out.
import type { Cause } from "./cause.ts";
import type { Child } from "./children.ts";
import type { DesiredService } from "./desired.ts";
import type { AddressType, RecordSet } from "./dns.ts";
import type { Marker, Want } from "./marker.ts";
import type { ServiceDetails, ServiceKind } from "./observed.ts";
import type { ManagedKind } from "./specs.ts";

/** `replace`: it is removed and made anew, and does not run in between. */
export type Risk = "none" | "restart" | "rebuild" | "replace" | "data-loss";

/** One field's way: null is absent. Texts of hidden fields are already masked. */
export interface FieldChange {
  readonly path: string;
  readonly was: string | null;
  readonly is: string | null;
}

interface ActionBase {
  readonly cause: Cause;
  readonly risk: Risk;
  readonly changes: readonly FieldChange[];
}

interface ServiceAction extends ActionBase {
  /** The service's key. */
  readonly service: string;
  readonly kind: ManagedKind;
  /** Null: it is made by an earlier action of the same plan. */
  readonly serviceId: string | null;
  /** Keys of services before which it is not begun: until a rollout there has come to its good end. */
  readonly waitsFor?: readonly string[];
}

/** Of the DNS record of a host. */
interface RecordAction extends ActionBase {
  readonly host: string;
  readonly recordType: AddressType;
}

export type Action =
  | (ActionBase & {
      readonly type: "create-project";
      readonly name: string;
      readonly description: string;
      readonly variables: Readonly<Record<string, string>>;
    })
  | (ActionBase & {
      readonly type: "update-project";
      readonly projectId: string;
      readonly name: string;
      readonly description: string;
      readonly variables: Readonly<Record<string, string>>;
    })
  | (ActionBase & { readonly type: "create-environment"; readonly environment: string })
  | (ServiceAction & {
      readonly type: "create-service";
      readonly environment: string;
      /** Another server of Dokploy; null: its own host. */
      readonly serverId: string | null;
      readonly desired: DesiredService;
      readonly description: string;
    })
  | (ServiceAction & {
      readonly type: "move-service";
      readonly environment: string;
    })
  | (ServiceAction & { readonly type: "create-child"; readonly child: Child })
  | (ServiceAction & {
      readonly type: "update-child";
      readonly childId: string;
      readonly child: Child;
    })
  | (ServiceAction & {
      readonly type: "delete-child";
      readonly childId: string;
      readonly child: Child;
    })
  | (ServiceAction & {
      /** Writes all fields, the label and the marker in one request; comes after mounts and ports. */
      readonly type: "configure-service";
      readonly desired: DesiredService;
      readonly observed: ServiceDetails | null;
      /** The marker to write; its id is filled in when the service exists. */
      readonly marker: Marker;
      readonly want: Want;
      /** What it newly lets reach the host, for people; absent: nothing. */
      readonly gains?: readonly GainedAccess[];
    })
  | (ServiceAction & {
      /** Sees to it that `want` runs and is healthy: deploys unless that is under way or done. */
      readonly type: "rollout";
      readonly desired: DesiredService;
      /** Those that are not rolled out themselves yet. */
      readonly waitsFor: readonly string[];
      readonly want: Want;
      /** The newest commit of the branch that it follows, as known now; null or absent: none. */
      readonly head?: string | null;
      /** Null like `serviceId`. */
      readonly appName: string | null;
      /** Where it runs; null: on Dokploy's own host. */
      readonly serverId: string | null;
    })
  | (ServiceAction & {
      /** Stops a job that has ended: docker would run it again one day, when its daemon is restarted. */
      readonly type: "stop-service";
      readonly appName: string;
    })
  | (ActionBase & {
      /** Writes markers alone, of the project and of services, in one request. */
      readonly type: "mark";
      readonly marks: readonly Mark[];
    })
  | (ActionBase & {
      readonly type: "delete-service";
      readonly service: string;
      readonly kind: ServiceKind;
      readonly id: string;
      readonly name: string;
      readonly appName: string;
      /** Where it runs; null: on Dokploy's own host. */
      readonly serverId: string | null;
      /** Its volumes go with it, of a kind of which Dokploy removes them; absent: they stay. */
      readonly volumes?: true;
    })
  | (ActionBase & {
      readonly type: "delete-environment";
      readonly environmentId: string;
      readonly environment: string;
    })
  | (ActionBase & {
      readonly type: "delete-project";
      readonly projectId: string;
      readonly name: string;
    })
  | (RecordAction & {
      readonly type: "create-record";
      readonly address: string;
      readonly ttl: number;
    })
  | (RecordAction & {
      readonly type: "update-record";
      readonly address: string;
      readonly ttl: number;
      /** As it was read: what changed since is left alone. */
      readonly seen: RecordSet;
    })
  | (RecordAction & {
      readonly type: "delete-record";
      readonly values: readonly string[];
    });

/** A part of the host that a service newly reaches. */
export interface GainedAccess {
  /** Which service of a compose file gets it; null: all of them, or it is not in one. */
  readonly part: string | null;
  /** After `reaches`: `port 2222/tcp of the host`. */
  readonly text: string;
}

export type ActionType = Action["type"];

export interface Mark {
  /** `project`, or a service's key. */
  readonly key: string;
  readonly kind: "project" | ServiceKind;
  readonly id: string;
  /** The person's part of the description. */
  readonly text: string;
  /** That part as it is, where it is to change. */
  readonly textWas?: string;
  readonly marker: Marker;
}

/** Something a person should know that leads to no action. */
export interface Note {
  readonly kind:
    | "unmanaged"
    | "other-server"
    | "copy"
    | "retained"
    | "owner"
    | "held"
    | "ignored-drift"
    | "orphan"
    | "addresses" // more would run than the network has addresses for
    | "record" // a DNS record that is left as it is
    | "drift";
  readonly message: string;
  /** Of `addresses`: the server whose network it is; null: Dokploy's own host. */
  readonly serverId?: string | null;
}

/** What differs of one service, or of the project itself, and is left as it is: the values may be secrets. */
export interface LeftDrift {
  /** The service's key, or `project`. */
  readonly service: string;
  readonly differences: readonly {
    readonly path: string;
    readonly observed: string | null;
    readonly wanted: string | null;
  }[];
  /** Of a service: as Git has it, and as the server does. */
  readonly desired: DesiredService | null;
  readonly details: ServiceDetails | null;
}

export interface Plan {
  readonly stack: string;
  /** In the order in which they are carried out. */
  readonly actions: readonly Action[];
  readonly notes: readonly Note[];
  /** With `sync.drift: propose`: what is left; never shown. Absent: no drift is proposed now. */
  readonly left?: readonly LeftDrift[];
  /** Services that wait for a server that does not answer, by key: why, as a clause. Absent: none do. */
  readonly silent?: ReadonlyMap<string, string>;
  /** Why nothing may be done to this stack; `actions` is empty then. */
  readonly conflict: string | null;
}

/**
 * Whether carrying it out writes markers at most to Dokploy: nothing that runs, and no setting, changes. DNS records are
 * not Dokploy's.
 */
export function isMarksOnly({ actions, conflict }: Pick<Plan, "actions" | "conflict">): boolean {
  return (
    conflict === null && actions.every(({ type }) => type === "mark" || type.endsWith("-record"))
  );
}
