// Puts the parts of the page together.
import "./branches.js";
import "./buttons.js";
import "./commands.js";
import "./confirm.js";
import "./copying.js";
import "./edit.js";
import "./title.js";
import "./install.js";
import "./live.js";
import "./shortcuts.js";
import "./unseen.js";
import { Announcer } from "./announce.js";
import { Composer } from "./composer.js";
import { Earlier } from "./earlier.js";
import { Find } from "./find.js";
import { Listing } from "./listing.js";
import { Picker } from "./picker.js";
import { Quote } from "./quote.js";
import { RowMenu } from "./row_menu.js";
import { Scroll } from "./scroll.js";
import { Sidebar } from "./sidebar.js";
import { Theme } from "./theme.js";
import { UserFeed } from "./user_feed.js";
import { Waiting } from "./waiting.js";

const byId = (id) => document.getElementById(id);

new Theme(document.querySelectorAll('input[name="theme"]'));
new Sidebar(byId("sidebar"), byId("scrim"), document.querySelector("[data-sidebar-toggle]"));
new Listing(byId("sidebar-list"));
new Find(byId("search-text"), byId("found"), byId("sidebar-list"));
new RowMenu(byId("row-menu"));
if (byId("composer")) new Composer(byId("composer"));
if (byId("models")) new Picker(byId("models"));
if (byId("manage-filter")) import("./manage.js");
if ("notifications" in document.documentElement.dataset) import("./notifications.js");
if (byId("preferences")) import("./preferences.js");
if (byId("transcript")) {
  new Scroll(byId("scroller"), byId("jump"));
  new Earlier(byId("transcript"), byId("scroller"));
  new Quote(byId("quote"));
  new Waiting();
  new Announcer(byId("announcer"));
} else {
  new UserFeed(byId("sidebar").dataset);
}
document.documentElement.dataset.ready = "";
