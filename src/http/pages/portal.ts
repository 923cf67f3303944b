// The portal's page: settings, the caller's stacks, and the deployment that stands in the address.
import type { Person } from "../../model/person.ts";
import { PortalPage } from "../public/portal/portal-page.ts";
import type { PortalData } from "../public/portal/portal-data.ts";
import type { PageData } from "./page-data.ts";
import type { Parts } from "./parts.ts";

/** The newest way in is the deployment of the address; an id that cannot be one is not looked for. */
const deploymentId = /^dep_[\w-]{1,100}$/;

/** Null: there is no portal. */
export async function portalParts(
  data: PageData,
  person: Person,
  request: Request,
): Promise<Parts<PortalData> | null> {
  const settings = await data.portal(person);
  if (settings === null) return null;
  const id = new URL(request.url).searchParams.get("deployment");
  const isVisitor = person.id.startsWith("visitor:") || person.id === "local";
  const known = id !== null && deploymentId.test(id) ? await data.deployment(id) : null;
  return {
    title: settings.title,
    styles: ["portal.css"],
    script: "portal/portal-main.js",
    component: PortalPage,
    data: {
      settings,
      person: isVisitor ? null : { name: person.name },
      hasDashboard: (await data.person(request, "dashboard")) !== null,
      stacks: await data.ownStacks(person),
      deployment: id === null ? null : { id, state: known },
    },
    withoutScript:
      "Creating a stack needs JavaScript in this browser. Without it you can commit a manifest to the " +
      "Git repository, or ask somebody to create the stack for you.",
  };
}
