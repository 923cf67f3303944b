// The portal's page: settings, the caller's stacks, and the deployment that stands in the address.
import { isSignedIn } from "../../model/person.ts";
import type { Person } from "../../model/person.ts";
import type { PortalData } from "../public/portal/portal-data.ts";
import { PortalPage } from "../public/portal/portal-page.ts";
import type { PortalReads } from "./page-data.ts";
import type { Parts } from "./parts.ts";

/** What cannot be an id is not looked for. */
const deploymentId = /^dep_[\w-]{1,100}$/;

export async function portalParts(
  reads: PortalReads,
  person: Person,
  {
    deployment,
    hasDashboard,
  }: { readonly deployment: string | null; readonly hasDashboard: boolean },
): Promise<Parts<PortalData>> {
  const [settings, stacks] = await Promise.all([reads.settings(), reads.own(person)]);
  const isId = deployment !== null && deploymentId.test(deployment);
  const state = isId ? await reads.deployment(deployment) : null;
  return {
    title: settings.title,
    styles: ["portal.css"],
    script: "portal/portal-main.js",
    component: PortalPage,
    data: {
      settings,
      person: isSignedIn(person) ? { name: person.name } : null,
      hasDashboard,
      stacks,
      deployment: deployment === null ? null : { id: deployment, state },
    },
    withoutScript:
      "Creating a stack needs JavaScript in this browser. Without it you can commit a manifest to the " +
      "Git repository, or ask somebody to create the stack for you.",
  };
}
