// Who may use an address: by role, as somebody who may use the portal, or as whoever made the stack.
import type { Person } from "../../model/person.ts";
import type { Access } from "../auth/verdict.ts";
import type { PortalPerson, PortalVerdict } from "../auth/visitors.ts";
import type { Needs } from "./endpoint.ts";

export interface GateRequest {
  readonly raw: Request;
  readonly method: string;
  /** From the path. */
  readonly param: (name: string) => string | undefined;
}

/** Whether a request may use an address that needs this. */
export type Gate = (request: GateRequest, needs: Needs) => Promise<PortalVerdict>;

/** Who sent a request is worked out once: the same one, as if it came now. */
export function askedAgain({ raw, method, param }: GateRequest): GateRequest {
  return { raw: new Request(raw.url, { headers: raw.headers }), method, param };
}

export interface GateParts {
  readonly access: Access;
  /** Who uses the portal. */
  readonly portalPerson: PortalPerson;
  /** The id of the person who made a stack in the portal; null for others. */
  readonly ownerOf: (stack: string) => string | null;
}

const nobody: Person = { id: "nobody", name: "nobody", email: null, role: "viewer" };

export function createGate({ access, portalPerson, ownerOf }: GateParts): Gate {
  async function ownerOrViewer(req: GateRequest): Promise<PortalVerdict> {
    const verdict = await access(req.raw, "viewer");
    if (verdict.kind === "granted") return { verdict };
    const asked = await portalPerson(req.raw, "viewer");
    const owner = ownerOf(req.param("name") ?? "");
    const isTheirs = asked.verdict.kind === "granted" && asked.verdict.person.id === owner;
    return isTheirs ? asked : { verdict };
  }

  return async (req, needs) => {
    switch (needs) {
      case "anybody":
        return { verdict: { kind: "granted", person: nobody } };
      case "portal":
        return portalPerson(req.raw, ["GET", "HEAD"].includes(req.method) ? "viewer" : "deployer");
      case "owner":
        return ownerOrViewer(req);
      case "viewer":
      case "deployer":
      case "operator":
        return { verdict: await access(req.raw, needs) };
    }
  };
}
