// A volume backup with `turnOff` stops its service for as long as it copies: measured, six seconds at the least. What does
// not run then was stopped by nobody.
import { z } from "zod";
import type { Client } from "./client.ts";
import { newestFirst } from "./deployment-rows.ts";
import type { Reading } from "./reading.ts";

const text = z.string();
const listed = z.array(z.object({ volumeBackupId: text, name: text, turnOff: z.boolean() }));
const runs = z.array(z.object({ status: text.nullable(), createdAt: text }));

/** The name of the volume backup that stops a service at this moment; undefined: none does. `list`: those of the service. */
export async function readPause(
  client: Client,
  list: unknown,
): Promise<Reading<string | undefined>> {
  // What is no such list is told where the service is read.
  const stopping = (listed.safeParse(list).data ?? []).filter(({ turnOff }) => turnOff);
  const answers = await Promise.all(
    stopping.map(({ volumeBackupId: id }) =>
      client.read({
        procedure: "deployment.allByType",
        input: { id, type: "volumeBackup" },
      }),
    ),
  );
  for (const [index, answer] of answers.entries()) {
    if (!answer.ok) return answer;
    const [newest] = (runs.safeParse(answer.value).data ?? []).sort(newestFirst);
    if (newest?.status === "running") return { ok: true, value: stopping[index]?.name };
  }
  return { ok: true, value: undefined };
}
