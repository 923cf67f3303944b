// The key of the hashes of secrets, where several processes share a store: all of them must have the same one, so it
// stands in the database. The first one that comes carries over what its state folder holds.
import { randomBytes } from "node:crypto";
import { CapstanError } from "../../lib/errors.ts";
import { findKey, keyBytes } from "../key.ts";
import type { Link } from "./link.ts";

/**
 * The key of this database, made when there is none. Throws `conflict` when the state folder holds another one, and as
 * `link` does.
 */
export async function sharedKey(link: Link, stateDir: string): Promise<Uint8Array> {
  const own = findKey(stateDir);
  const { rows } = await link.use(async (client) => {
    await client.query("INSERT INTO capstan_key (key) VALUES ($1) ON CONFLICT DO NOTHING", [
      Buffer.from(own ?? randomBytes(keyBytes)),
    ]);
    return client.query<{ key: Buffer }>("SELECT key FROM capstan_key");
  });
  const key = rows[0]?.key;
  if (key === undefined) throw new CapstanError("internal", "the key vanished while it was made");
  if (own !== null && !key.equals(own)) {
    throw new CapstanError(
      "conflict",
      `STATE_DIR ${stateDir} holds another key of secrets' hashes than the database`,
      {
        hint: "delete the file `key` there: that costs one deep read and no deploy",
      },
    );
  }
  return new Uint8Array(key);
}
