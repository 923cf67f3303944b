// The portal: one card that goes from a form to a running stack, and the caller's stacks below it.

import { useEffect, useRef } from "preact/hooks";
import { useBrowser } from "../browser.ts";
import { icon } from "../components/icon.ts";
import { Logo } from "../components/logo.ts";
import { mark } from "../components/mark.ts";
import { PersonMenu } from "../components/person-menu.ts";
import { SessionEnded } from "../components/session-ended.ts";
import { stackLooks } from "../components/states.ts";
import { ThemeButton } from "../components/theme-button.ts";
import { h, html } from "../html.ts";
import type { Piece } from "../html.ts";
import { FailureCard, SuccessCard } from "./end-cards.ts";
import { FormCard } from "./form-card.ts";
import type { State } from "./machine.ts";
import { OwnStacks } from "./own-stacks.ts";
import type { PortalData } from "./portal-data.ts";
import { ProgressCard } from "./progress-card.ts";
import { usePortal } from "./use-portal.ts";
import type { Portal } from "./use-portal.ts";

function heading(state: State, title: string): Piece {
  switch (state.at) {
    case "form":
    case "sending":
      return html`<h1 id="card-title" tabindex="-1">${h(Logo, {})}<span>${title}</span></h1>`;
    case "following":
      return html`<h1 id="card-title" tabindex="-1">
        ${state.form.name === "" ? "Your stack" : `Starting ${state.form.name}`}
      </h1>`;
    case "ready":
      return html`<h1 id="card-title" tabindex="-1">
        ${mark(stackLooks.ready)}<span>${state.deployment.name} is ready</span>
      </h1>`;
    case "failed":
      return html`<h1 id="card-title" tabindex="-1">
        ${mark(stackLooks.failing)}<span>${state.deployment.name} did not start</span>
      </h1>`;
    case "unknown":
      return html`<h1 id="card-title" tabindex="-1">This deployment is not known</h1>`;
  }
}

function card({ state, stacks, tell }: Portal, { settings, hasDashboard }: PortalData): Piece {
  switch (state.at) {
    case "form":
    case "sending":
      return h(FormCard, {
        settings,
        form: state.form,
        refusal: state.at === "form" ? state.refusal : null,
        isSending: state.at === "sending",
        isWanted: state.at === "form" && state.isWanted,
        stacks,
        onInput: (text) => tell({ type: "typed", text }),
        onSet: (field, value) => tell({ type: "set", field, value }),
        onSubmit: () => tell({ type: "submitted" }),
      });
    case "following":
      return h(ProgressCard, { deployment: state.deployment, isLost: state.lost > 1 });
    case "ready":
      return h(SuccessCard, {
        deployment: state.deployment,
        hasDashboard,
        onAfresh: () => tell({ type: "afresh" }),
      });
    case "failed":
      return h(FailureCard, {
        deployment: state.deployment,
        contact: settings.contact,
        hasDashboard,
        onAgain: () => tell({ type: "again" }),
      });
    case "unknown":
      return html`<div class="end-card">
        <p class="lead">It is too old, or the link is incomplete. Your stacks are not affected.</p>
        <button
          type="button"
          class="button primary large"
          onClick=${() => tell({ type: "afresh" })}
        >
          Create a stack
        </button>
      </div>`;
  }
}

function documentTitle(state: State, title: string): string {
  switch (state.at) {
    case "following":
      return state.form.name === "" ? title : `Starting ${state.form.name} · ${title}`;
    case "ready":
      return `${state.deployment.name} is ready · ${title}`;
    case "failed":
      return `${state.deployment.name} did not start · ${title}`;
    default:
      return title;
  }
}

export function PortalPage({ data }: { readonly data: PortalData }) {
  const browser = useBrowser();
  const portal = usePortal(data);
  const { state, stacks } = portal;
  const { settings, person, hasDashboard, theme } = data;
  const before = useRef(state.at);
  useEffect(() => browser.setTitle(documentTitle(state, settings.title)), [state]);
  useEffect(() => {
    if (before.current === state.at) return;
    const was = before.current;
    before.current = state.at;
    // The form and its button are gone: the focus goes on to what replaced them.
    if (state.at === "form") browser.focus("name");
    else if (state.at !== "sending" && (was === "sending" || browser.focused() === "card-title")) {
      browser.focus("card-title");
    }
  }, [state.at]);
  return html`<div class="portal">
    <header class="portal-top">
      ${hasDashboard && html`<a class="quiet-link" href="/stacks">${icon("layers")}Dashboard</a>`}
      ${h(ThemeButton, { theme })}
      ${person !== null && h(PersonMenu, { name: person.name, role: null, signedIn: true })}
    </header>
    <div role="status">${portal.isSignedOut && h(SessionEnded, {})}</div>
    <main class="portal-main">
      <section class=${`card at-${state.at}`} aria-labelledby="card-title">
        ${heading(state, settings.title)} ${card(portal, data)}
      </section>
      ${h(OwnStacks, { stacks, quota: settings.quota, hasDashboard, onRemoved: portal.removed })}
    </main>
    <footer class="foot"><a href="/docs">Docs</a></footer>
  </div>`;
}
