// Puts the parts of the page together.
import "../messages/branches.js";
import "../messages/buttons.js";
import "../messages/commands.js";
import "../sidebar/confirm.js";
import "../messages/copying.js";
import "../messages/edit.js";
import "../sidebar/title.js";
import "../pages/install.js";
import "../live/live.js";
import "./shortcuts.js";
import "../sidebar/unseen.js";
import { Asking } from "../steps/asking.js";
import { Announcer } from "../transcript/announce.js";
import { Composer } from "../composer/composer.js";
import { Earlier } from "../transcript/earlier.js";
import { Find } from "../sidebar/find.js";
import { Gauge } from "../composer/gauge.js";
import { Listing } from "../sidebar/listing.js";
import { Picker } from "../composer/picker.js";
import { Quote } from "../messages/quote.js";
import { RowMenu } from "../sidebar/row-menu.js";
import { Scroll } from "../transcript/scroll.js";
import { Sidebar } from "../sidebar/sidebar.js";
import { Theme } from "./theme.js";
import { UserFeed } from "../live/user-feed.js";
import { Waiting } from "../transcript/waiting.js";

const byId = (id) => document.getElementById(id);

new Theme(document.querySelectorAll('input[name="theme"]'));
new Sidebar(byId("sidebar"), byId("scrim"), document.querySelector("[data-sidebar-toggle]"));
new Listing(byId("sidebar-list"));
new Find(byId("search-text"), byId("found"), byId("sidebar-list"));
new RowMenu(byId("row-menu"));
if (byId("composer")) new Composer(byId("composer"));
if (byId("gauge")) new Gauge(byId("gauge"));
if (byId("models")) new Picker(byId("models"));
if (byId("manage-filter")) import("../sidebar/manage.js");
if ("notifications" in document.documentElement.dataset) import("../sidebar/notifications.js");
if (byId("preferences")) import("../pages/preferences.js");
if (byId("transcript")) {
  new Scroll(byId("scroller"), byId("jump"));
  new Earlier(byId("transcript"), byId("scroller"));
  new Quote(byId("quote"));
  new Waiting();
  new Announcer(byId("announcer"));
  new Asking(byId("transcript"));
} else {
  new UserFeed(byId("sidebar").dataset);
}
document.documentElement.dataset.ready = "";
