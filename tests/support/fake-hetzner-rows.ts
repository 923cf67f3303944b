// Zones, record sets and actions as the little Hetzner Cloud API answers them.
import type { Action } from "./fake-hetzner-actions.ts";
import type { FakeRecordSet, FakeZone } from "./fake-hetzner.ts";

export const zoneRow = (zone: FakeZone) => ({
  id: zone.id,
  name: zone.name,
  created: "2026-01-01T00:00:00Z",
  ttl: 3_600,
  mode: zone.mode,
  protection: { delete: false },
  labels: {},
  authoritative_nameservers: {
    assigned: ["hydrogen.ns.hetzner.com.", "oxygen.ns.hetzner.com.", "helium.ns.hetzner.de."],
    delegated: [],
    delegation_status: zone.delegation,
  },
  status: "ok",
  record_count: zone.sets.length,
});

export const setRow = (zone: FakeZone, set: FakeRecordSet) => ({
  ...set,
  id: `${set.name}/${set.type}`,
  zone: zone.id,
  records: set.records.map(({ value, comment }) => ({ value, comment: comment ?? "" })),
});

export const actionRow = (action: Action) => ({
  id: action.id,
  command: action.command,
  status: action.status,
  progress: action.status === "running" ? 50 : 100,
  started: "2026-01-01T00:00:00Z",
  finished: action.status === "running" ? null : "2026-01-01T00:00:01Z",
  resources: [{ id: action.zone.id, type: "zone" }],
  error: action.status === "error" ? action.error : null,
});
