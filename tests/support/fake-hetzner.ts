// A little Hetzner Cloud API for tests, made from its published shapes: zones, record sets and their actions, which
// run for a while, with the API's checks, its limit of requests and its refusals.
import { fakeActions } from "./fake-hetzner-actions.ts";
import type { Action } from "./fake-hetzner-actions.ts";
import {
  invalid,
  label,
  nameServers,
  page,
  recordsOf,
  refuse,
  soa,
  types,
} from "./fake-hetzner-checks.ts";
import { actionRow, setRow, zoneRow } from "./fake-hetzner-rows.ts";
import { startHost } from "./forge-hosts.ts";
import type { Call, FakeHost, Reply, Route } from "./forge-hosts.ts";

export interface FakeRecordSet {
  readonly name: string;
  readonly type: string;
  ttl: number | null;
  labels: Record<string, string>;
  protection: { change: boolean };
  records: { value: string; comment?: string }[];
}

export interface FakeZone {
  readonly id: number;
  readonly name: string;
  readonly mode: "primary" | "secondary";
  readonly sets: FakeRecordSet[];
  delegation: string;
}

export interface FakeHetzner extends FakeHost {
  /** For HETZNER_API_URL. */
  readonly api: string;
  readonly zones: FakeZone[];
  /** How often a new action is seen running before it ends; its change is made at that end. */
  actionPolls: number;
  /** What new actions end in, instead of success. */
  actionError: { readonly code: string; readonly message: string } | null;
  /** Requests an hour, and those that are left; refilled evenly. */
  limit: { perHour: number; remaining: number };
  /** Whether the token may only read. */
  readOnly: boolean;
  /** Adds records as somebody else made them. */
  put(zone: string, name: string, type: string, values: readonly string[]): FakeRecordSet;
  /** The values of a record set; null without it. */
  values(zone: string, name: string, type: string): readonly string[] | null;
  /** Requests that changed something or tried to, as `POST /zones/1/rrsets`. */
  writes(): readonly string[];
}

export async function startFakeHetzner(
  options: {
    readonly zones?: readonly (Pick<FakeZone, "name"> & Partial<FakeZone>)[];
    /** By which the limit is refilled. */
    readonly now?: () => number;
  } = {},
): Promise<FakeHetzner> {
  const token = "hetzner-token-0123456789";
  const now = options.now ?? Date.now;
  const actions = fakeActions(() => ({ polls: host.actionPolls, error: host.actionError }));
  let refilledMs = now();

  function zoneOf(call: Call, needsPrimary = true): FakeZone {
    const { id } = call.params;
    const zone = host.zones.find((one) => String(one.id) === id || one.name === id);
    if (zone === undefined) return refuse(404, "not_found", `zone with ID '${id}' not found`);
    if (needsPrimary && zone.mode !== "primary") {
      refuse(422, "incorrect_zone_mode", "operation not supported in this zone mode");
    }
    return zone;
  }

  function setOf(call: Call): { readonly zone: FakeZone; readonly set: FakeRecordSet } {
    const zone = zoneOf(call);
    const { name, type } = call.params;
    const set = zone.sets.find((one) => one.name === name && one.type === type);
    return set === undefined
      ? refuse(404, "not_found", `rrset '${name}/${type}' not found`)
      : { zone, set };
  }

  /** What must hold for a change of a record set. */
  function changeable(call: Call): { readonly zone: FakeZone; readonly set: FakeRecordSet } {
    const found = setOf(call);
    unlocked(found.zone);
    if (found.set.protection.change) refuse(403, "protected", "rrset is protected");
    return found;
  }

  function unlocked(zone: FakeZone): void {
    if (actions.isBusy(zone)) refuse(423, "locked", "zone is locked");
  }

  const created = (action: Action, more: object = {}): Reply => ({
    status: 201,
    body: { ...more, action: actionRow(action) },
  });

  async function createSet(call: Call): Promise<Reply> {
    const zone = zoneOf(call);
    const body = call.body as Partial<FakeRecordSet>;
    const { name = "", type = "", ttl = null, labels = {} } = body;
    const isRelative = /^[^A-Z]+$/.test(name) && !name.endsWith(".") && !name.endsWith(zone.name);
    if (!isRelative) invalid("name", "must be relative and in lower case");
    if (!types.includes(type)) invalid("type", "is not supported");
    if (ttl !== null && (ttl < 60 || ttl > 2_147_483_647)) invalid("ttl", "is out of range");
    if (!Object.entries(labels).every((each) => each.every((text) => label.test(text)))) {
      invalid("labels", "are not valid");
    }
    const records = recordsOf(body, type);
    unlocked(zone);
    const there = zone.sets.filter((one) => one.name === name);
    if (there.some((one) => one.type === type)) {
      const fields = { fields: [{ name: "name" }, { name: "type" }] };
      refuse(409, "uniqueness_error", "rrset with the same name and type exists", fields);
    }
    if (there.some((one) => one.type === "CNAME" || type === "CNAME")) {
      invalid("name", "CNAME must be the only record of a name");
    }
    const set = { name, type, ttl, labels, protection: { change: false }, records };
    const action = actions.begin(zone, "create_rrset", () => zone.sets.push(set));
    return created(action, { rrset: setRow(zone, set) });
  }

  function onSet(
    command: string,
    change: (found: { set: FakeRecordSet; zone: FakeZone }, body: unknown) => () => void,
  ): Route {
    return {
      method: "POST",
      pattern: `/zones/:id/rrsets/:name/:type/actions/${command}`,
      answer(call) {
        const found = changeable(call);
        return created(actions.begin(found.zone, command, change(found, call.body)));
      },
    };
  }

  const drop = (zone: FakeZone, set: FakeRecordSet): void => {
    zone.sets.splice(zone.sets.indexOf(set), 1);
  };

  const routes: readonly Route[] = [
    {
      method: "GET",
      pattern: "/zones",
      answer(call) {
        const name = call.query.get("name");
        const rows = host.zones.filter((zone) => name === null || zone.name === name);
        return page("zones", rows.map(zoneRow), call, 50);
      },
    },
    {
      method: "GET",
      pattern: "/zones/:id",
      answer: (call) => ({ status: 200, body: { zone: zoneRow(zoneOf(call, false)) } }),
    },
    {
      method: "GET",
      pattern: "/zones/:id/rrsets",
      answer(call) {
        const zone = zoneOf(call);
        const rows = zone.sets.map((set) => setRow(zone, set));
        return page("rrsets", rows, call, 100);
      },
    },
    { method: "POST", pattern: "/zones/:id/rrsets", answer: createSet },
    {
      method: "GET",
      pattern: "/zones/:id/rrsets/:name/:type",
      answer(call) {
        const { zone, set } = setOf(call);
        return { status: 200, body: { rrset: setRow(zone, set) } };
      },
    },
    {
      method: "PUT",
      pattern: "/zones/:id/rrsets/:name/:type",
      answer(call) {
        const { zone, set } = changeable(call);
        const body = call.body as Partial<FakeRecordSet>;
        if ("records" in body) {
          refuse(422, "invalid_input", "can't update records with this endpoint");
        }
        set.labels = body.labels ?? {};
        return { status: 200, body: { rrset: setRow(zone, set) } };
      },
    },
    onSet("set_records", ({ set }, body) => {
      const records = recordsOf(body, set.type);
      return () => (set.records = records);
    }),
    onSet("change_ttl", ({ set }, body) => {
      const { ttl } = body as { ttl: number | null };
      if (ttl !== null && (ttl < 60 || ttl > 2_147_483_647)) invalid("ttl", "is out of range");
      return () => (set.ttl = ttl);
    }),
    onSet("remove_records", ({ set, zone }, body) => {
      const values = recordsOf(body, set.type).map(({ value }) => value);
      const missing = values.find((value) => !set.records.some((one) => one.value === value));
      if (missing !== undefined) refuse(404, "not_found", `record '${missing}' not found`);
      return () => {
        set.records = set.records.filter(({ value }) => !values.includes(value));
        if (set.records.length === 0) drop(zone, set);
      };
    }),
    {
      method: "GET",
      pattern: "/actions/:id",
      answer({ params }) {
        const action = actions.look(params.id);
        if (action === undefined) return refuse(404, "not_found", "action not found");
        return { status: 200, body: { action: actionRow(action) } };
      },
    },
  ];

  const base = await startHost({
    apiPath: "/v1",
    token,
    authorised: (headers) => headers.authorization === `Bearer ${token}`,
    unauthorised: {
      status: 401,
      body: { error: { code: "unauthorized", message: "unable to authenticate", details: null } },
    },
    unknown: {
      status: 404,
      body: { error: { code: "not_found", message: "not found", details: null } },
    },
    routes,
  });
  const zones = options.zones ?? [{ name: "example.com" }];
  const host: FakeHetzner = Object.assign(base, {
    api: `${base.url}/v1`,
    zones: zones.map((zone, index) => ({
      id: 4_200 + index,
      mode: "primary" as const,
      sets: [soa(), nameServers()],
      delegation: "valid",
      ...zone,
    })),
    actionPolls: 0,
    actionError: null,
    limit: { perHour: 3_600, remaining: 3_600 },
    readOnly: false,
    put(zoneName: string, name: string, type: string, values: readonly string[]) {
      const records = values.map((value) => ({ value }));
      const set = { name, type, ttl: null, labels: {}, protection: { change: false }, records };
      host.zones.find((zone) => zone.name === zoneName)?.sets.push(set);
      return set;
    },
    values(zoneName: string, name: string, type: string) {
      const zone = host.zones.find((one) => one.name === zoneName);
      const set = zone?.sets.find((one) => one.name === name && one.type === type);
      return set?.records.map(({ value }) => value) ?? null;
    },
    writes: () =>
      host.calls
        .filter(({ method }) => method !== "GET")
        .map((call) => `${call.method} ${call.path}`),
  });

  // The limit and the token's rights come before all routes.
  const limits = (): Record<string, string> => ({
    "ratelimit-limit": String(host.limit.perHour),
    "ratelimit-remaining": String(host.limit.remaining),
    "ratelimit-reset": String(
      Math.ceil(
        Date.now() / 1_000 +
          ((host.limit.perHour - host.limit.remaining) * 3_600) / host.limit.perHour,
      ),
    ),
  });
  host.intercept = (call) => {
    const eachMs = 3_600_000 / host.limit.perHour;
    const back = Math.floor((now() - refilledMs) / eachMs);
    refilledMs += back * eachMs;
    host.limit.remaining = Math.min(host.limit.perHour, host.limit.remaining + back);
    if (host.limit.remaining === 0) {
      const error = {
        code: "rate_limit_exceeded",
        message: "limit of 3600 requests per hour reached",
      };
      return { status: 429, body: { error } };
    }
    host.limit.remaining -= 1;
    if (host.readOnly && call.method !== "GET") {
      const error = { code: "token_readonly", message: "token is readonly", details: null };
      return { status: 403, body: { error } };
    }
    return null;
  };
  host.spoil = (reply) => ({ ...reply, headers: { ...limits(), ...reply.headers } });
  return host;
}
