// What only the server knows of a child that is written: ids behind names, names that Dokploy gave.
import { z } from "zod";
import { destinationOf } from "../model/children.ts";
import type { Child } from "../model/children.ts";
import type { ServiceRef } from "../model/observed.ts";
import type { OnServer } from "./backups.ts";
import type { Client } from "./client.ts";
import { namedOne, readNamed } from "./named.ts";
import { oneCall } from "./services.ts";

/** Reads nothing for a child that stores nothing. */
export async function onServer(
  client: Client,
  service: ServiceRef,
  child: Child,
): Promise<OnServer | undefined> {
  const name = destinationOf(child);
  if (name === null) return undefined;
  const { id: destinationId } = namedOne(
    await readNamed(client, ["destination"]),
    "destination",
    name,
  );
  if (child.kind !== "volumeBackup" || typeof child.spec.volume === "string") {
    return { destinationId, appName: "" };
  }
  const { appName } = await client.query(oneCall(service), z.object({ appName: z.string() }));
  return { destinationId, appName };
}
