// What processes that stand by hand to the one that leads, through the database: an order is taken once, by a process
// that leads in that moment, and its answer comes back the same way. What nobody took in time is withdrawn, so that
// whoever asked knows that nothing was done.
import { randomBytes } from "node:crypto";
import type { Clock } from "../../lib/clock.ts";
import { CapstanError, describeError } from "../../lib/errors.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Orders } from "../../ports-store.ts";
import type { Link } from "./link.ts";

export const ordersChannel = "capstan_orders";

export interface SharedOrders extends Orders {
  /** The database says that something was asked, or answered. */
  heard(payload: string): void;
  /** Leaves what this process recorded and may not write any more. */
  leaveHistory(history: string): Promise<void>;
  /** This process leads now: what waits is done. */
  led(): void;
  stop(): void;
}

export interface OrdersOptions {
  readonly link: Link;
  readonly scope: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Null while this process does not lead. */
  readonly fence: () => number | null;
  /** Takes in what another process recorded when it led; resolves when it is kept. */
  readonly adopt: (history: string) => Promise<void>;
  readonly answerWithinMs?: number | undefined;
}

/** What is handed over without waiting is done by whoever leads next, also after one that died with it. */
const lasting = ["delivery", "image", "history"];
const defaultAnswerWithinMs = 15_000;
const lookAgainMs = 1_000;
const mostAtOnce = 20;

interface OrderRow {
  readonly id: string;
  readonly kind: string;
  readonly body: string;
}

export function createOrders(options: OrdersOptions): SharedOrders {
  const { link, scope, clock, logger, fence, adopt } = options;
  const { answerWithinMs = defaultAnswerWithinMs } = options;
  const waiting = new Map<string, () => void>();
  let work: Parameters<Orders["serve"]>[0] | null = null;
  let cancel: (() => void) | null = null;
  let taking: Promise<void> | null = null;
  let again = false;
  let isStopped = false;

  function notify(what: "asked" | "answered", id: string): Promise<unknown> {
    return link.use((client) =>
      client.query(
        "SELECT pg_notify($1, json_build_array(current_schema(), $2::text, $3::text, $4::text)::text)",
        [ordersChannel, scope, what, id],
      ),
    );
  }

  async function insert(kind: string, body: string): Promise<string> {
    const id = randomBytes(12).toString("hex");
    await link.use((client) =>
      client.query("INSERT INTO capstan_orders (scope, id, kind, body) VALUES ($1, $2, $3, $4)", [
        scope,
        id,
        kind,
        body,
      ]),
    );
    await notify("asked", id);
    return id;
  }

  /** Null while there is none; the order is forgotten with it. */
  async function answerOf(id: string): Promise<string | null> {
    const { rows } = await link.use((client) =>
      client.query<{ answer: string }>(
        "DELETE FROM capstan_orders WHERE scope = $1 AND id = $2 AND answer IS NOT NULL RETURNING answer",
        [scope, id],
      ),
    );
    return rows[0]?.answer ?? null;
  }

  /** Whether nobody had taken it. */
  async function withdraw(id: string): Promise<boolean> {
    const { rowCount } = await link.use((client) =>
      client.query("DELETE FROM capstan_orders WHERE scope = $1 AND id = $2 AND taken_by IS NULL", [
        scope,
        id,
      ]),
    );
    return rowCount === 1;
  }

  async function awaitAnswer(id: string): Promise<string> {
    const endMs = clock.now() + answerWithinMs;
    try {
      while (!isStopped) {
        const woken = new AbortController();
        waiting.set(id, () => {
          woken.abort();
        });
        const answer = await answerOf(id);
        if (answer !== null) return answer;
        if (clock.now() >= endMs) break;
        await clock.sleep(lookAgainMs, woken.signal);
      }
      if (await withdraw(id)) {
        throw new CapstanError("unavailable", "no process leads at the moment: nothing was done", {
          hint: "try again in a moment; `capstan lease` shows who holds the server",
        });
      }
      const late = await answerOf(id);
      if (late !== null) return late;
      throw new CapstanError("uncertain", "the process that leads took it, and has not answered", {
        hint: "look what became of it before trying again",
      });
    } finally {
      waiting.delete(id);
    }
  }

  async function take(number: number): Promise<readonly OrderRow[]> {
    const { rows } = await link.use((client) =>
      client.query<OrderRow>(
        `UPDATE capstan_orders AS o SET taken_by = $2 FROM (
           SELECT id FROM capstan_orders
           WHERE scope = $1 AND answer IS NULL AND ($5 OR kind = 'history')
             AND (asked_at > now() - interval '10 minutes' OR kind = 'history')
             AND (taken_by IS NULL OR (taken_by < $2 AND kind = ANY($3)))
           ORDER BY asked_at LIMIT $4 FOR UPDATE SKIP LOCKED) AS next
         WHERE o.scope = $1 AND o.id = next.id
           AND EXISTS (SELECT 1 FROM capstan_scopes WHERE scope = $1 AND fence = $2)
         RETURNING o.id, o.kind, o.body`,
        [scope, number, lasting, mostAtOnce, work !== null],
      ),
    );
    return rows;
  }

  async function carryOut({ id, kind, body }: OrderRow): Promise<void> {
    let answer = "";
    if (kind === "history") await adopt(body);
    else answer = (await work?.(kind, body)) ?? "";
    await link.use((client) =>
      lasting.includes(kind)
        ? client.query("DELETE FROM capstan_orders WHERE scope = $1 AND id = $2", [scope, id])
        : client.query("UPDATE capstan_orders SET answer = $3 WHERE scope = $1 AND id = $2", [
            scope,
            id,
            answer,
          ]),
    );
    await notify("answered", id);
  }

  function failed(what: string, error: unknown): void {
    if (!isStopped) logger.warn({ error: describeError(error) }, what);
  }

  async function takeAll(): Promise<void> {
    for (;;) {
      const number = fence();
      if (number === null || isStopped) return;
      const rows = await take(number);
      for (const row of rows) {
        void carryOut(row).catch((error: unknown) => {
          failed("an order of another process could not be answered", error);
        });
      }
      if (rows.length < mostAtOnce) return;
    }
  }

  async function forgetOld(): Promise<void> {
    await link.use((client) =>
      client.query(
        `DELETE FROM capstan_orders WHERE scope = $1 AND kind <> 'history'
           AND asked_at < now() - interval '10 minutes'`,
        [scope],
      ),
    );
  }

  /** Also what was asked while it looked. */
  function look(): void {
    if (fence() === null || isStopped) return;
    if (taking !== null) {
      again = true;
      return;
    }
    taking = takeAll()
      // The database: what is owed to others waits there, and is looked for again.
      .catch(() => undefined)
      .finally(() => {
        taking = null;
        if (again) look();
        again = false;
      });
  }

  function keepLooking(): void {
    cancel?.();
    if (isStopped) return;
    cancel = clock.after(lookAgainMs * 5, () => {
      look();
      keepLooking();
    });
  }

  return {
    async hand(kind, body) {
      return awaitAnswer(await insert(kind, body));
    },
    async leave(kind, body) {
      await insert(kind, body);
    },
    async leaveHistory(history) {
      await insert("history", history);
    },
    serve(given) {
      work = given;
      look();
      keepLooking();
    },
    heard(payload) {
      const [, whose, what, id] = JSON.parse(payload) as unknown[];
      if (whose !== scope) return;
      if (what === "asked") look();
      else waiting.get(String(id))?.();
    },
    led() {
      void forgetOld().catch(() => undefined);
      look();
    },
    stop() {
      isStopped = true;
      cancel?.();
      for (const wake of waiting.values()) wake();
    },
  };
}
