// A service that is known to run from an image, as most in the tests do.
import type { Configured, WorkloadSpec } from "../../src/model/specs.ts";

/** Its spec with what all services that run from images have. Throws for a compose service. */
export function workloadOf({ spec }: { readonly spec: Configured["spec"] }): WorkloadSpec {
  if (!("image" in spec)) throw new Error("a compose service runs no image of its own");
  return spec;
}
