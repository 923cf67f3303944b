// What is worked out once of a request and read further down: typed, as a router's own context holds anything.
import type { Context } from "hono";

export interface RequestEnv {
  Variables: {
    /** What counts as one client; absent where nobody counts, as in tests of routes. */
    client?: string;
    /** Whether the one who asked still may: a session can end while its streams are open. Set below `/api`. */
    mayStay?: () => Promise<boolean>;
  };
}

export type RequestContext = Context<RequestEnv>;
