// A place for backups, as somebody makes it in Dokploy's settings.
import { createRandom } from "../../src/simulator/random.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { newDestination } from "../../src/simulator/timedRows.ts";
import type { DestinationRow } from "../../src/simulator/timedRows.ts";

export function addDestination({ state }: Pick<Simulator, "state">, name: string): DestinationRow {
  const { organizationId } = state;
  const random = createRandom(900 + state.destinations.size);
  const keys = { accessKey: "canary-access-key", secretAccessKey: "canary-secret-key" };
  const row = newDestination(random, { name, organizationId, bucket: "b", ...keys });
  state.destinations.set(row.destinationId, row);
  return row;
}
