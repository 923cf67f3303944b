// Makes a service and says which one it is. Most kinds answer with the row; libsql answers `true`, and its row is looked
// for by the description that was sent.
import { z } from "zod";
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import type { DesiredService } from "../model/desired.ts";
import type { ServiceKind } from "../model/observed.ts";
import type { Platform } from "../ports.ts";
import { anything, createdService } from "./answers.ts";
import type { Client } from "./client.ts";
import { creationFields } from "./kinds/table.ts";
import { onServer } from "./swarm.ts";
import { answersWithRow, briefServices, idName, oneCall } from "./services.ts";

type Given = Parameters<Platform["createService"]>[1];
type Created = Awaited<ReturnType<Platform["createService"]>>;

/** Throws `uncertain` where it was made, or may have been, and nobody can tell which one it is. */
export async function createService(
  client: Client,
  desired: DesiredService,
  { environmentId, description, serverId = null }: Given,
): Promise<Created> {
  const { kind, name, appName } = desired;
  const own = creationFields(desired);
  const call = {
    procedure: `${kind}.create`,
    input: { environmentId, name, appName, description, ...own, ...onServer(serverId) },
  };
  if (answersWithRow(kind)) return client.mutate(call, createdService(idName(kind)));
  await client.mutate(call, anything);
  try {
    return await newest(client, kind, { environmentId, description });
  } catch (cause) {
    if (!isCapstanError(cause)) throw cause;
    const message = `${kind}.create was answered, but not with what it made, which was not found: ${cause.message}`;
    throw new CapstanError("uncertain", message, { cause });
  }
}

/** The one with this description; of several, the one that was made last. */
async function newest(
  client: Client,
  kind: ServiceKind,
  { environmentId, description }: Given,
): Promise<Created> {
  const listed = await client.query(
    { procedure: "environment.one", input: { environmentId } },
    briefServices(kind),
  );
  const [found] = listed
    .filter((one) => one.description === description)
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  if (found === undefined) {
    throw new CapstanError("unavailable", `its environment has no such ${kind} database`);
  }
  const { id, createdAt } = found;
  const row = await client.query(oneCall({ kind, id }), z.object({ appName: z.string() }));
  return { id, createdAt, appName: row.appName };
}
