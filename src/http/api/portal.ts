// The portal's addresses: ask for a stack by its name, follow its deployment, see one's own stacks.
import { CapstanError } from "../../lib/errors.ts";
import type { Portal } from "../../engine/portal/portal.ts";
import { noDeployment, openDeployment } from "./deployment-stream.ts";
import { changes, reads } from "./endpoint.ts";
import { deploymentsQuery, noQuery } from "./input.ts";
import type { ApiParts } from "./parts.ts";
import { deploymentView, ownStackView, settingsView } from "./portal-views.ts";
import {
  deployAnswer,
  deploymentList,
  deploymentState,
  deployRequest,
  nameCheck,
  ownStackList,
  portalSettings,
} from "./shapes/portal.ts";

/** Throws `unavailable` where stacks are not read from a repository of Git. */
export function portalOf({ portal }: Pick<ApiParts, "portal">): Portal {
  if (portal !== null) return portal;
  throw new CapstanError("unavailable", "there is no portal here: nothing can be written to Git", {
    hint: "run with GIT_URL, or without --source",
  });
}

const tag = "Portal";
const longestName = 100;

const deploy = changes("POST", {
  path: "/deploy",
  id: "deploy",
  tag,
  summary: "Ask for a stack by its name",
  description:
    "Asking again for the same name gives the deployment that is under way. 400: the name or a parameter is refused; 409: the name is taken; 403: you have reached your limit of stacks. Where the portal is open to everybody (PORTAL_AUTH=none) and the request has no cookie, the answer brings one: whoever sends it with later requests is the stack's owner.",
  needs: "portal",
  query: noQuery,
  body: deployRequest,
  answer: deployAnswer,
  async handle({ body, person }, parts) {
    const { id, url } = await portalOf(parts).deploy(body, person);
    return { deploymentId: id, url, statusEndpoint: `/api/status/${id}` };
  },
});

const status = reads({
  path: "/status/:deploymentId",
  id: "followDeployment",
  tag,
  summary: "How far a deployment is",
  description:
    "Server-sent events: `progress` with the whole state each time that it changed, then `complete` or `error`, and then the stream ends. With `Accept: application/json` the state of now. Whoever knows the id may follow it.",
  needs: "portal",
  query: noQuery,
  answer: deploymentState,
  async handle({ param }, parts) {
    const state = await portalOf(parts).state(param("deploymentId"));
    if (state === null) throw noDeployment(param("deploymentId"));
    return deploymentView(state);
  },
  stream: {
    description: "The state of now, or a stream of states",
    unlessJson: true,
    open: ({ param, context }, parts) =>
      openDeployment(param("deploymentId"), context, {
        portal: portalOf(parts),
        streams: parts.portalStreams,
        clock: parts.clock,
        redact: parts.redact,
      }),
  },
});

const check = reads({
  path: "/check/:name",
  id: "checkName",
  tag,
  summary: "Whether a name may be taken",
  needs: "portal",
  query: noQuery,
  answer: nameCheck,
  async handle({ param, person }, parts) {
    const name = param("name");
    if (name.length > longestName) {
      return { available: false, valid: false, error: "the name is too long", yours: false };
    }
    const { available, valid, error, yours } = await portalOf(parts).check(name, person);
    return { available, valid, ...(error === undefined ? {} : { error }), yours };
  },
});

const settings = reads({
  path: "/portal",
  id: "getPortal",
  tag,
  summary: "The portal's form",
  needs: "portal",
  query: noQuery,
  answer: portalSettings,
  handle: async (_, parts) => settingsView(await portalOf(parts).form()),
});

const own = reads({
  path: "/portal/stacks",
  id: "listOwnStacks",
  tag,
  summary: "The caller's own stacks",
  needs: "portal",
  query: noQuery,
  answer: ownStackList,
  async handle({ person }, parts) {
    const stacks = await portalOf(parts).own(person);
    return { stacks: stacks.map((one) => ownStackView(one, parts.engine.isBusy(one.name))) };
  },
});

const deployments = reads({
  path: "/deployments",
  id: "listDeployments",
  tag,
  summary: "The newest deployments, the newest first",
  description: "The caller's own; an operator sees everybody's.",
  needs: "portal",
  query: deploymentsQuery,
  answer: deploymentList,
  async handle({ query: { limit }, person }, parts) {
    const states = await portalOf(parts).deployments(person, limit);
    return { deployments: states.map(deploymentView) };
  },
});

/** Below `/api`. */
export const deployRoutes = [deploy, status, check];
/** Below `/api/v1`. */
export const portalRoutes = [settings, own, deployments];
