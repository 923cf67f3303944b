// The answers of Hetzner's Cloud API (v1): only the fields that are read.
import { z } from "zod";

export const zoneRow = z.object({
  id: z.number(),
  name: z.string(),
  authoritative_nameservers: z
    .object({
      assigned: z.array(z.string()).default([]),
      delegation_status: z.string().nullish(),
    })
    .nullish(),
});
export type ZoneRow = z.output<typeof zoneRow>;

export const recordSetRow = z.object({
  name: z.string(),
  type: z.string(),
  ttl: z.number().nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  protection: z.object({ change: z.boolean() }).nullish(),
  records: z
    .array(z.object({ value: z.string(), comment: z.string().nullish() }))
    .nullish()
    .transform((rows) => rows ?? []),
});
export type RecordSetRow = z.output<typeof recordSetRow>;

export const actionRow = z.object({
  id: z.number(),
  status: z.enum(["running", "success", "error"]),
  error: z.object({ code: z.string(), message: z.string() }).nullish(),
});
export type ActionRow = z.output<typeof actionRow>;

export const zoneAnswer = z.object({ zone: zoneRow });
export const recordSetAnswer = z.object({ rrset: recordSetRow });
export const actionAnswer = z.object({ action: actionRow });

export const pageInfo = z.object({
  meta: z.object({ pagination: z.object({ next_page: z.number().nullish() }).nullish() }).nullish(),
});

export const refusalAnswer = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() }),
});
