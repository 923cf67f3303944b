/**
 * The listening socket: up, down for a while (a restart, a refused connection), up again on the
 * same port, and closed for good.
 */
import type { Server } from "node:http";
import { forgetJobs } from "./queue.ts";
import { createTime } from "./time.ts";
import type { World } from "./world.ts";

export interface Lifecycle {
  readonly port: number;
  /** Dokploy's process dies and comes back: what it held in memory is gone. */
  restart(downMs: number, sooner?: AbortSignal): Promise<void>;
  /** Connections are refused for a while, nothing else happens. */
  refuse(downMs: number, sooner?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export async function createLifecycle(
  server: Server,
  { host, port, world }: { host: string; port: number; world: World },
): Promise<Lifecycle> {
  // Its own timers: a restart forgets those of the world, not when it is over.
  const down = createTime(world.time.scale);
  let closed: Promise<void> | undefined;
  const closing = Promise.withResolvers<undefined>();
  await listen(server, host, port);
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;

  const interrupt = async (downMs: number, sooner?: AbortSignal): Promise<void> => {
    const ended = new Promise((resolve) => sooner?.addEventListener("abort", resolve));
    await stop(server);
    if (sooner?.aborted !== true) {
      await Promise.race([down.sleep(downMs), closing.promise, ended]);
    }
    if (closed === undefined && !server.listening) await listen(server, host, bound);
  };
  return {
    port: bound,
    restart: (downMs, sooner) => {
      world.time.forgetAll();
      world.landing.forgetAll();
      forgetJobs(world);
      world.tables.hung = false;
      world.pool = { open: 0, lastBegan: 0 };
      return interrupt(downMs, sooner);
    },
    refuse: interrupt,
    close: () => {
      closing.resolve(undefined);
      closed ??= (async () => {
        world.time.forgetAll();
        world.landing.forgetAll();
        down.forgetAll();
        await stop(server);
      })();
      return closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) {
      resolve();
      return;
    }
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
