import { createRouter, createWebHistory, type RouteLocationNormalized } from "vue-router";

import {
  administers,
  hasAnArea,
  homeOf,
  safeReturn,
  seesContent,
  seesDesk,
  session,
  supervises,
  whoAmI,
} from "./session/session";
import SignInPage from "./session/SignInPage.vue";

const ContentPage = () => import("./content/ContentPage.vue");

export const router = createRouter({
  history: createWebHistory(import.meta.env.BASE_URL),
  routes: [
    { path: "/sign-in", name: "sign-in", component: SignInPage },
    {
      path: "/desk/:id?",
      name: "desk",
      component: () => import("./desk/DeskPage.vue"),
      meta: { area: "desk" },
    },
    {
      path: "/tickets/:number?",
      name: "tickets",
      component: () => import("./tickets/TicketsPage.vue"),
      meta: { area: "desk" },
    },
    {
      path: "/content/unanswered",
      name: "unanswered",
      component: () => import("./content/UnansweredPage.vue"),
      meta: { area: "content" },
    },
    // One record for both, so that saving a new article does not rebuild the page around it.
    { path: "/content/:id?", name: "content", component: ContentPage, meta: { area: "content" } },
    {
      path: "/supervision/:id?",
      name: "supervision",
      component: () => import("./supervision/SupervisionPage.vue"),
      meta: { area: "supervision" },
    },
    {
      path: "/settings",
      component: () => import("./settings/SettingsPage.vue"),
      meta: { area: "desk" },
      children: [
        { path: "", name: "settings", component: { render: () => null }, beforeEnter: firstSetting },
        {
          path: "teams/:id?",
          name: "teams",
          component: () => import("./teams/TeamsPage.vue"),
          meta: { area: "supervision" },
        },
        { path: "canned", name: "canned", component: () => import("./canned/CannedPage.vue") },
        {
          path: "webhooks",
          name: "webhooks",
          component: () => import("./webhooks/WebhooksPage.vue"),
          meta: { area: "administration" },
        },
      ],
    },
    { path: "/:rest(.*)*", name: "home", component: { render: () => null } },
  ],
});

const mayEnter = {
  desk: seesDesk,
  content: seesContent,
  supervision: supervises,
  administration: administers,
};

function firstSetting() {
  return { name: supervises(session.user) ? "teams" : "canned" };
}

router.beforeEach(async (to: RouteLocationNormalized) => {
  // Sent here because nobody is signed in: the server was asked a moment ago.
  const known = to.name === "sign-in" && to.redirectedFrom !== undefined;
  const user = known ? session.user : await whoAmI();
  if (to.name === "sign-in") {
    return user && hasAnArea(user) ? (safeReturn(to.query.next) ?? homeOf(user)) : true;
  }
  if (!user || !hasAnArea(user)) {
    const next = to.name === "home" ? undefined : to.fullPath;
    return { name: "sign-in", query: next ? { next } : {} };
  }
  const area = to.meta.area as keyof typeof mayEnter | undefined;
  return area && mayEnter[area](user) ? true : homeOf(user);
});
