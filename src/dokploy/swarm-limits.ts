// Ulimits and the endpoint mode of an application, as Dokploy stores them and as Capstan means them.
import { z } from "zod";
import type { ApplicationSpec } from "../model/specs.ts";
import type { Stored } from "./swarm-settings.ts";

const ulimit = z.strictObject({ Name: z.string().min(1), Soft: z.int(), Hard: z.int() });

/** `foreign`: something stored cannot be expressed. */
export function readUlimits(stored: readonly Stored[] | null): {
  readonly value: ApplicationSpec["ulimits"];
  readonly foreign: boolean;
} {
  const value: Record<string, string> = {};
  let foreign = false;
  for (const one of stored ?? []) {
    const parsed = ulimit.safeParse(one);
    // Docker takes the last of two with one name; a manifest cannot say such a thing.
    if (!parsed.success || Object.hasOwn(value, parsed.data.Name)) foreign = true;
    else value[parsed.data.Name] = `${parsed.data.Soft}:${parsed.data.Hard}`;
  }
  return { value, foreign };
}

export function writeUlimits(ulimits: ApplicationSpec["ulimits"]): readonly Stored[] | null {
  const all = Object.entries(ulimits).map(([Name, text]) => {
    const [soft = "", hard = ""] = text.split(":");
    return { Name, Soft: Number(soft), Hard: Number(hard) };
  });
  return all.length === 0 ? null : all;
}

/** Ports in it, which replace the application's own, cannot be expressed. */
export function readEndpointMode(stored: Stored): {
  readonly value: ApplicationSpec["endpointMode"];
  readonly foreign: boolean;
} {
  if (stored === null) return { value: "vip", foreign: false };
  const { Mode: mode = "vip", Ports: ports = [], ...rest } = stored;
  const isPlain = Array.isArray(ports) && ports.length === 0 && Object.keys(rest).length === 0;
  const value = mode === "dnsrr" ? "dnsrr" : "vip";
  // Also an empty one keeps the application's ports from being published.
  return { value, foreign: !isPlain || mode !== "dnsrr" };
}
