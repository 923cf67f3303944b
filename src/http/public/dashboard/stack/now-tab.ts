// How it is now: conditions in words, the services, and what else is known of the selected part.
import type { StackDetail } from "../../../api/shapes/dashboard.ts";
import type { TreeNode } from "../../../api/shapes/stack.ts";
import { icon } from "../../components/icon.ts";
import { kindLook } from "../../components/kinds.ts";
import { mark } from "../../components/mark.ts";
import { healthLooks } from "../../components/states.ts";
import type { Look } from "../../components/states.ts";
import { TimeAgo } from "../../components/time-ago.ts";
import { h, html } from "../../html.ts";
import { safeUrl, shortSha } from "../../lib/words.ts";
import { wayTo } from "./place.ts";

type Condition = StackDetail["conditions"][number];

const words: Readonly<
  Record<Condition["type"], readonly [yes: string, no: string, unknown: string]>
> = {
  Ready: ["Ready", "Not ready", "Readiness not known"],
  Synced: ["Same as Git", "Differs from Git", "Not compared with Git yet"],
  Healthy: ["Healthy", "Not healthy", "Health not known"],
  Suspended: ["Suspended", "Not suspended", "Not known whether it is suspended"],
  Resolves: [
    "Hosts resolve here",
    "A host does not resolve here",
    "Not known where hosts resolve to",
  ],
  Certificate: ["Certificates are valid", "A certificate needs care", "Certificates not known"],
  Answers: [
    "Answers under its hosts",
    "Does not answer under a host",
    "Not known whether it answers",
  ],
};

const jobEnds: Readonly<
  Partial<Record<TreeNode["health"], readonly [tone: string, word: string]>>
> = {
  healthy: ["ok", "ended well"],
  progressing: ["wait", "running"],
  degraded: ["wait", "failed"],
};

/** What is left on purpose until somebody decides needs a person, and is no failure. */
const leftReasons: ReadonlySet<string> = new Set(["DriftFound", "DriftProposed"]);

function lookOf({ type, status, advisory, reason }: Condition): Look {
  const [yes, no, unknown] = words[type];
  if (status === "Unknown") return { word: unknown, shape: "dashed", tone: "quiet" };
  if (type === "Suspended") {
    return status === "True"
      ? { word: yes, shape: "paused", tone: "wait" }
      : { word: no, shape: "check", tone: "ok" };
  }
  if (status === "True") return { word: yes, shape: "check", tone: "ok" };
  if (leftReasons.has(reason)) return { word: no, shape: "attention", tone: "wait" };
  // Nothing waits for hosts whose records are others' matter.
  if (advisory) return { word: no, shape: "dashed", tone: "quiet" };
  return { word: no, shape: "cross", tone: "bad" };
}

/** The pull request that keeps, or undoes, what was changed in Dokploy. */
function Proposal({ drift }: { readonly drift: StackDetail["drift"] }) {
  const proposal = drift?.proposal ?? null;
  if (proposal === null) return null;
  return html`<p>
    <a class="with-mark" href=${safeUrl(proposal.url)} target="_blank" rel="noreferrer"
      >Pull request #${proposal.number}${icon("external")}</a
    >
  </p>`;
}

function Conditions({ conditions, drift }: Pick<StackDetail, "conditions" | "drift">) {
  if (conditions.length === 0) return html`<p class="hint">Not checked yet.</p>`;
  return html`<ul class="facts">
    ${conditions
      .filter(({ type, status }) => type !== "Suspended" || status === "True")
      .map((condition) => {
        const look = lookOf(condition);
        return html`<li key=${condition.type}>
          ${mark(look)}
          <div>
            <strong>${look.word}</strong>
            <p>${condition.message}</p>
            ${condition.type === "Synced" && h(Proposal, { drift })}
          </div>
          <span class="fact-since">${h(TimeAgo, { at: condition.since })}</span>
        </li>`;
      })}
  </ul>`;
}

/** Of a command that is run once, its end takes the place of replicas. */
function JobEnd({ health }: { readonly health: TreeNode["health"] }) {
  const [tone, word] = jobEnds[health] ?? ["wait", "not run yet"];
  return html`<span class=${`replicas ${tone}`}>${word}</span>`;
}

function Services({ stack }: { readonly stack: StackDetail }) {
  if (stack.services.length === 0) return null;
  const deploys = new Map(stack.lastDeploys.map((one) => [one.service, one]));
  return html`<section>
    <h3>Services</h3>
    <ul class="services">
      ${stack.services.map(({ service, name, server, running, wanted, image, commit }) => {
        const deploy = deploys.get(service);
        const node = wayTo(stack.tree, service).at(-1);
        const isUp = running !== null && wanted !== null && wanted > 0 && running >= wanted;
        return html`<li key=${service}>
          <div class="service-head">
            ${icon(kindLook(node?.kind ?? "application").icon)}<strong>${name}</strong>
            ${node?.kind === "job" && h(JobEnd, { health: node.health })}
            ${
              running !== null &&
              wanted !== null &&
              html`<span class=${`replicas ${isUp ? "ok" : "wait"}`}
                >${wanted === 0 ? "not running" : `${running} of ${wanted} running`}</span
              >`
            }
          </div>
          ${
            image !== null &&
            html`<code class="image">${image}${commit === null ? "" : ` (${commit})`}</code>`
          }
          ${server !== null && html`<p class="hint">On the server ${server}</p>`}
          ${
            deploy !== undefined &&
            html`<p class="hint">Deployed ${h(TimeAgo, { at: deploy.at })}: ${deploy.reason}</p>`
          }
        </li>`;
      })}
    </ul>
  </section>`;
}

function Builds({ stack }: { readonly stack: StackDetail }) {
  const runs = stack.builds.flatMap(({ runs }) => runs.slice(0, 3));
  if (runs.length === 0) return null;
  return html`<section>
    <h3>Builds of its images</h3>
    <ul class="facts small">
      ${runs.map(({ number, workflow, status, title, sha, url, started }) => {
        const link = safeUrl(url);
        return html`<li key=${`${workflow} ${number}`}>
          ${icon("rocket")}
          <div>
            <strong
              >${link === null ? `${workflow} ${number}` : html`<a href=${link} target="_blank" rel="noreferrer">${workflow} ${number}</a>`}</strong
            >
            <p>${status}: ${title} <code>${shortSha(sha)}</code></p>
          </div>
          <span class="fact-since">${h(TimeAgo, { at: started })}</span>
        </li>`;
      })}
    </ul>
  </section>`;
}

function NodeFacts({ node, stack }: { readonly node: TreeNode; readonly stack: StackDetail }) {
  const url = safeUrl(node.url);
  const service = stack.services.find((one) => one.service === node.id);
  const deploy = stack.lastDeploys.find((one) => one.service === node.id);
  const changes: Readonly<Record<NonNullable<TreeNode["change"]>, string>> = {
    create: "Would be created",
    update: "Would change, without a restart",
    restart: "Would change and restart",
    delete: "Would be removed",
  };
  const facts: readonly (readonly [string, unknown])[] = [
    ["Kind", kindLook(node.kind).word],
    ["Name", node.name],
    ["Is", node.detail],
    [
      "Health",
      node.health === "none"
        ? ""
        : html`<span class="with-mark"
            >${mark(healthLooks[node.health])}${healthLooks[node.health].word}</span
          >`,
    ],
    ["Git", node.drift ? "Differed from Git at the last check" : "Same as Git"],
    ["Plan", node.change === null ? "Nothing to do" : changes[node.change]],
    [
      "Image",
      service?.image === undefined || service.image === null
        ? ""
        : html`<code>${service.image}</code>`,
    ],
    ["Commit", typeof service?.commit === "string" ? html`<code>${service.commit}</code>` : ""],
    ["Digest", typeof service?.digest === "string" ? html`<code>${service.digest}</code>` : ""],
    ["In Dokploy", service === undefined ? "" : html`<code>${service.appName}</code>`],
    [
      "Deployed",
      deploy === undefined
        ? ""
        : html`<span>${h(TimeAgo, { at: deploy.at })}: ${deploy.reason}</span>`,
    ],
  ];
  return html`<div>
    <dl class="node-facts">
      ${facts
        .filter(([, value]) => value !== "")
        .map(
          ([name, value]) =>
            html`<div key=${name}>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
    </dl>
    ${
      url !== null &&
      html`<a class="button small" href=${url} target="_blank" rel="noreferrer">
        ${node.kind === "domain" ? "Open the address" : "Open in Dokploy"}${icon("external")}
      </a>`
    }
  </div>`;
}

export interface NowTabProps {
  readonly stack: StackDetail;
  /** What is selected in the tree, below the project; null: the whole stack. */
  readonly node: TreeNode | null;
}

export function NowTab({ stack, node }: NowTabProps) {
  if (node !== null) return h(NodeFacts, { node, stack });
  return html`<div class="sections">
    ${h(Conditions, stack)}
    ${
      stack.notes.length > 0 &&
      html`<ul class="notes">
        ${stack.notes.map(({ kind, message }) => html`<li key=${`${kind} ${message}`} class="callout">${icon("info")}<span>${message}</span></li>`)}
      </ul>`
    }
    ${h(Services, { stack })} ${h(Builds, { stack })}
  </div>`;
}
