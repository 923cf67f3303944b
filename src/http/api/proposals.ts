// Manifests that somebody proposes: what they would do, and pull requests that ask for them.
import type { Promoted, Promotions } from "../../engine/portal/promotions.ts";
import type { ProposedPlan, Proposals } from "../../engine/portal/proposals.ts";
import { CapstanError } from "../../lib/errors.ts";
import { promotionShown } from "../../manifest/promote.ts";
import { renderJson } from "../../plan/render/json.ts";
import { changes } from "./endpoint.ts";
import { noQuery } from "./input.ts";
import type { ApiParts } from "./parts.ts";
import {
  manifestPlan,
  openedProposal,
  promotion,
  promotionRequest,
  proposalRequest,
  proposedManifest,
} from "./shapes/proposal.ts";
import type { ManifestPlanView } from "./shapes/proposal.ts";
import { problemsShown, problemView } from "./views.ts";

const plansShown = 200;

function proposalsOf({ proposals }: Pick<ApiParts, "proposals">): Proposals {
  if (proposals !== null) return proposals;
  throw new CapstanError("unavailable", "nothing can be proposed here: stacks are not in Git", {
    hint: "run with GIT_URL, or without --source",
  });
}

function planView({ plan, ...rest }: ProposedPlan, { links }: ApiParts): ManifestPlanView {
  const { touched, newProblems, withSecrets } = plan;
  const { stacks, line, heldPrune } = renderJson(plan, "run");
  const isTouched = new Set(touched);
  return {
    path: rest.path,
    isNew: rest.isNew,
    stacks: rest.stacks,
    line,
    plans: stacks.filter(({ name }) => isTouched.has(name)).slice(0, plansShown),
    problems: newProblems.slice(0, problemsShown).map((one) => problemView(one, null, links)),
    held: heldPrune,
    withSecrets,
  };
}

const tag = "Changes";

const plan = changes("POST", {
  path: "/plan",
  id: "planManifest",
  tag,
  summary: "What a manifest would change if it were in Git",
  description:
    "Writes nothing. For operators it compares with the server; for others with Git alone, without values.",
  needs: "deployer",
  status: 200,
  query: noQuery,
  body: proposedManifest,
  answer: manifestPlan,
  isAskersOwn: ({ withSecrets }) => !withSecrets,
  async handle({ body: { manifest, path }, person }, parts) {
    const asked = { manifest, path: path ?? null };
    return planView(await proposalsOf(parts).plan(asked, person), parts);
  },
});

const propose = changes("POST", {
  path: "/proposals",
  id: "proposeManifest",
  tag,
  summary: "Open a pull request with a manifest",
  description: "Needs a Git host. A manifest with mistakes is refused with all of them.",
  needs: "deployer",
  query: noQuery,
  body: proposalRequest,
  answer: openedProposal,
  isAskersOwn: ({ withSecrets }) => !withSecrets,
  async handle({ body: { manifest, path, title, reason }, person }, parts) {
    const asked = {
      manifest,
      path: path ?? null,
      title: title ?? null,
      reason: reason ?? null,
    };
    const opened = await proposalsOf(parts).propose(asked, person);
    const { review } = opened;
    const message = `Pull request ${review.number} asks for it; its merge carries it out`;
    return { ...planView(opened, parts), review, message, by: person.name };
  },
});

function promotionsOf({ promotions }: Pick<ApiParts, "promotions">): Promotions {
  if (promotions !== null) return promotions;
  throw new CapstanError("unavailable", "nothing can be promoted here: stacks are not in Git", {
    hint: "run with GIT_URL, or without --source",
  });
}

function promotedView({ promotion, opened }: Promoted) {
  const review = opened?.review ?? null;
  const isSame = promotion.text === promotion.was;
  const done = isSame ? "It is the same there already" : "Nothing was opened";
  return {
    ...promotionShown(promotion),
    review,
    message: review === null ? done : `Pull request ${review.number} asks for it: ${review.url}`,
  };
}

const promote = changes("POST", {
  path: "/promotions",
  id: "promoteStack",
  tag,
  summary: "Propose for one Dokploy or environment what another one runs",
  description:
    "Opens a pull request that changes the manifest: images, and what `fields` names. Nothing that holds a secret is promoted.",
  needs: "deployer",
  query: noQuery,
  body: promotionRequest,
  answer: promotion,
  async handle({ body: { stack, from, to, fields, dryRun }, person }, parts) {
    const asked = { stack, from, to, fields: fields ?? [], dryRun: dryRun ?? false };
    const promoted = await promotionsOf(parts).promote(asked, person);
    return { ...promotedView(promoted), by: person.name };
  },
});

export const proposalRoutes = [plan, propose, promote];
