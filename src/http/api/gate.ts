// Who may use an address: by role, as somebody who may use the portal, or as whoever made the stack.
import type { Context } from "hono";
import type { Person } from "../../model/person.ts";
import type { Access } from "../auth/verdict.ts";
import type { PortalPerson, PortalVerdict } from "../auth/visitors.ts";
import type { Needs } from "./endpoint.ts";

/** Whether a request may use an address that needs this. */
export type Gate = (context: Context, needs: Needs) => Promise<PortalVerdict>;

export interface GateParts {
  readonly access: Access;
  /** Who uses the portal. */
  readonly portalPerson: PortalPerson;
  /** The id of the person who made a stack in the portal; null for others. */
  readonly ownerOf: (stack: string) => string | null;
}

const nobody: Person = { id: "nobody", name: "nobody", email: null, role: "viewer" };

export function createGate({ access, portalPerson, ownerOf }: GateParts): Gate {
  async function ownerOrViewer({ req }: Context): Promise<PortalVerdict> {
    const verdict = await access(req.raw, "viewer");
    if (verdict.kind === "granted") return { verdict };
    const asked = await portalPerson(req.raw, "viewer");
    const owner = ownerOf(req.param("name") ?? "");
    const isTheirs = asked.verdict.kind === "granted" && asked.verdict.person.id === owner;
    return isTheirs ? asked : { verdict };
  }

  return async (context, needs) => {
    const { req } = context;
    switch (needs) {
      case "anybody":
        return { verdict: { kind: "granted", person: nobody } };
      case "portal":
        return portalPerson(req.raw, ["GET", "HEAD"].includes(req.method) ? "viewer" : "deployer");
      case "owner":
        return ownerOrViewer(context);
      case "viewer":
      case "deployer":
      case "operator":
        return { verdict: await access(req.raw, needs) };
    }
  };
}
