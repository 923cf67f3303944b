// What the processes that share this database say of themselves: a row each, with times of the database's own clock.
import type { Replica, Replicas } from "../../ports-replicas.ts";
import type { Link } from "./link.ts";

export interface ReplicasOptions {
  readonly link: Link;
  readonly scope: string;
  /** Of this process, however often it starts anew. */
  readonly id: string;
  readonly title: string;
}

/** Five times as long as they are silent at most. */
const heardWithin = "interval '10 seconds'";
const forgottenAfter = "interval '1 hour'";

const say = `
  INSERT INTO capstan_replicas AS r (scope, id, title, leads, waits) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (scope, id) DO UPDATE SET
    title = $3, leads = $4, waits = $5, heard_at = now(),
    since = CASE WHEN $6 THEN now() ELSE r.since END`;

const hear = `
  SELECT id, title, leads, waits, floor(extract(epoch FROM now() - since) * 1000)::bigint AS "ageMs"
  FROM capstan_replicas WHERE scope = $1 AND id <> $2 AND heard_at > now() - ${heardWithin} ORDER BY id`;

const forget = `DELETE FROM capstan_replicas WHERE scope = $1 AND heard_at < now() - ${forgottenAfter}`;

export function createReplicas({ link, scope, id, title }: ReplicasOptions): Replicas {
  return {
    id,
    exchange: ({ leads, waits }, beginsAnew = false) =>
      link.use(async (client) => {
        if (beginsAnew) await client.query(forget, [scope]);
        const [led, waited] = [JSON.stringify(leads), JSON.stringify(waits)];
        await client.query(say, [scope, id, title, led, waited, beginsAnew]);
        return (await client.query<Replica>(hear, [scope, id])).rows;
      }),
    async leave() {
      await link.use((client) =>
        client.query("DELETE FROM capstan_replicas WHERE scope = $1 AND id = $2", [scope, id]),
      );
    },
  };
}
