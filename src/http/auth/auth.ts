// Everything about who may, put together for the server.
import type { ApiToken } from "../../model/api-token.ts";
import { createAccess } from "./access.ts";
import type { Access } from "./verdict.ts";

export interface AuthDeps {
  readonly tokens: readonly ApiToken[];
}

export interface AuthEdge {
  /** Whether the server listens on loopback only. */
  readonly isLoopback: () => boolean;
}

export interface Auth {
  readonly access: Access;
}

export function createAuth({ tokens }: AuthDeps, { isLoopback }: AuthEdge): Auth {
  return { access: createAccess({ tokens, isLoopback }) };
}
