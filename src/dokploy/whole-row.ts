// One service as a whole. Dokploy lists some of its children apart from its row; here they are put into it.
import type { DetailsRef } from "../model/observed.ts";
import type { Client } from "./client.ts";
import type { Reading } from "./reading.ts";
import { apartCalls, oneCall } from "./services.ts";
import { destinationsCall } from "./timed.ts";

/** A service's row, with what is listed apart from it where that is asked for. */
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
  if (Array.isArray(more.volumeBackups) && more.volumeBackups.length > 0) {
    const destinations = await client.read(destinationsCall);
    if (!destinations.ok) return destinations;
    more.destinations = destinations.value;
  }
  return { ok: true, value: { ...(row.value as object), ...more } };
}
