// One service as a whole. Dokploy lists some of its children apart from its row, and names what it uses by ids; here they
// are put into it.
import { z } from "zod";
import { isCapstanError } from "../lib/errors.ts";
import type { DetailsRef } from "../model/observed.ts";
import type { NamedThing } from "../model/server-names.ts";
import type { Client } from "./client.ts";
import { providerTypes, readNamed } from "./named.ts";
import type { NamedLists } from "./named.ts";
import { readPause } from "./paused.ts";
import type { Reading } from "./reading.ts";
import { apartCalls, oneCall } from "./services.ts";

const maybeId = z.string().nullish().catch(null);

/** The columns by which a row names something. */
const naming = z.object({
  sourceType: z.string().catch(""),
  customGitSSHKeyId: maybeId,
  registryId: maybeId,
  volumeBackups: z.array(z.unknown()).catch([]),
});

function thingsIn(row: unknown): readonly NamedThing[] {
  const found = naming.safeParse(row);
  if (!found.success) return [];
  const { sourceType, customGitSSHKeyId: key, registryId, volumeBackups } = found.data;
  const isBuilt = sourceType !== "" && sourceType !== "docker" && sourceType !== "raw";
  const things: readonly (readonly [NamedThing, boolean])[] = [
    ["destination", volumeBackups.length > 0],
    ["sshKey", sourceType === "git" && typeof key === "string"],
    ["provider", providerTypes.some((type) => type === sourceType)],
    ["registry", isBuilt && typeof registryId === "string"],
  ];
  return things.flatMap(([thing, isNamed]) => (isNamed ? [thing] : []));
}

/** A service's row, with what is listed apart from it where that is asked for, and the names behind its ids. */
export async function readWholeRow(client: Client, ref: DetailsRef): Promise<Reading<unknown>> {
  const apart = Object.entries(ref.apart === true ? apartCalls(ref) : {});
  const [row, ...lists] = await Promise.all([
    client.read(oneCall(ref)),
    ...apart.map(([, call]) => client.read(call)),
  ]);
  if (!row.ok) return row;
  const more: Record<string, unknown> = {};
  for (const [index, list] of lists.entries()) {
    if (!list.ok) return list;
    more[apart[index]?.[0] ?? ""] = list.value;
  }
  const whole = { ...(row.value as object), ...more };
  const pause = await readPause(client, more.volumeBackups);
  if (!pause.ok) return pause;
  let names: NamedLists;
  try {
    names = await readNamed(client, thingsIn(whole));
  } catch (error) {
    if (!isCapstanError(error)) throw error;
    return { ok: false, error, again: false };
  }
  return { ok: true, value: { ...whole, names, pausedFor: pause.value } };
}
