/** How changes of an application are written, whichever procedure they come through. */
import { findApplication, requireServiceAccess } from "../access.ts";
import { newApplication } from "../serviceRows.ts";
import type { Call } from "../world.ts";
import { updateRow } from "./serviceUpdate.ts";

export function storeApplication(
  call: Call,
  applicationId: string,
  changes: Record<string, unknown>,
): boolean {
  const { world } = call;
  return updateRow(world, {
    table: "application",
    key: { column: "applicationId", value: applicationId },
    row: world.tables.applications.get(applicationId),
    sample: newApplication(world.scratch, { name: "", environmentId: "" }),
    changes,
  });
}

/** The `save*` procedures look for the application only after writing. */
export function save(call: Call, applicationId: string, changes: Record<string, unknown>): true {
  requireServiceAccess(call, applicationId);
  storeApplication(call, applicationId, changes);
  findApplication(call.world, applicationId);
  return true;
}
