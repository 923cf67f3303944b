// Proposals that are written down instead of opened.
import type { Promotions } from "../../src/engine/portal/promotions.ts";
import type { Proposals } from "../../src/engine/portal/proposals.ts";
import { mayDo } from "../../src/model/person.ts";
import type { Person } from "../../src/model/person.ts";
import type { Plan } from "../../src/model/plan.ts";
import { emptyPlan } from "../cli/support.ts";

export function fakeProposals(asked: string[], plan?: Plan): Proposals {
  const proposed = (person: Person) => ({
    path: "stacks/shop.yaml",
    isNew: false,
    stacks: ["shop"],
    plan: {
      ...emptyPlan,
      plans: plan === undefined ? [] : [plan],
      touched: ["shop"],
      newProblems: [],
      withSecrets: mayDo(person, "operator"),
    },
  });
  return {
    async plan(_, person) {
      asked.push(`plan by ${person.id}`);
      return proposed(person);
    },
    async propose(_, person) {
      asked.push(`propose by ${person.id}`);
      const url = "https://git.example.com/acme/stacks/pulls/7";
      return { ...proposed(person), review: { number: 7, url } };
    },
  };
}

/** There is never anything to do. */
export function fakePromotions(asked: string[]): Promotions {
  return {
    async promote(_, person) {
      asked.push(`promote by ${person.id}`);
      const nothing = {
        path: "shop.yaml",
        was: "",
        text: "",
        written: [],
        unwritten: [],
        left: [],
      };
      return { promotion: nothing, opened: null };
    },
  };
}
