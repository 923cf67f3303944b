/**
 * `docker pull`, for applications and databases alike: how long it takes, pulls that are held, and
 * docker's own text when there is no such image or no such registry.
 */
import { behaviourOf, type World } from "./world.ts";

export const SLOW_FACTOR = 30;

export type Pulled = { ok: true } | { ok: false; message: string };

export async function pullImage(world: World, image: string): Promise<Pulled> {
  const behaviour = behaviourOf(world, image);
  await world.time.sleep(world.deployMs * (behaviour === "slow" ? SLOW_FACTOR : 1));
  // In sleeps, which a restart forgets.
  while ([...world.held].some(({ match }) => image.includes(match))) {
    await world.time.sleep(world.deployMs);
  }
  switch (behaviour) {
    case "missing":
      return refused(`manifest for ${image} not found: manifest unknown: manifest unknown`);
    case "unreachable":
      return refused(
        'Get "https://registry.example/v2/": ' +
          "dial tcp: lookup registry.example on 192.0.2.53:53: no such host",
      );
    case "healthy":
    case "crash":
    case "flap":
    case "slow":
      return { ok: true };
  }
}

function refused(reason: string): Pulled {
  return { ok: false, message: `Error response from daemon: ${reason}\n` };
}
