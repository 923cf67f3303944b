// Dokploy's other servers, as people named them: those that can be deployed to. `server.all` has more of them, counts the
// services of each by joining seven tables, and shows tokens.
import { z } from "zod";
import type { ServerName } from "../model/observed.ts";
import type { Call } from "./calls.ts";
import type { Reading } from "./reading.ts";

export const serversCall: Call = { procedure: "server.withSSHKey", input: null };

const servers = z.array(
  z
    .object({ serverId: z.string(), name: z.string() })
    .transform(({ serverId: id, name }): ServerName => ({ id, name })),
);

/** Null when they cannot be read. */
export function readServers(reading: Reading<unknown> | undefined): readonly ServerName[] | null {
  if (reading?.ok !== true) return null;
  const read = servers.safeParse(reading.value);
  return read.success ? read.data : null;
}
