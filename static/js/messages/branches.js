// After a switch of branch another message stands where the pressed button was: the keyboard stays at its place.
import { say } from "../transcript/aloud.js";
import { fill, gettext } from "../shell/words.js";

let left;

document.addEventListener("submit", ({ target, submitter }) => {
  if (!target.matches(".branches")) return;
  const articles = [...document.querySelectorAll("article[data-message]")];
  const buttons = [...target.querySelectorAll("button")];
  left = { article: articles.indexOf(target.closest("article")), button: buttons.indexOf(submitter), from: target };
});

document.addEventListener("rivulet:shown", ({ detail }) => {
  if (!left || detail.what !== "reload" || left.from.isConnected) return;
  const article = document.querySelectorAll("article[data-message]")[left.article];
  const place = article?.querySelector(".branches");
  const { button } = left;
  left = undefined;
  if (!place) return;
  const buttons = [...place.querySelectorAll("button")];
  const next = buttons[button].disabled ? buttons.find(({ disabled }) => !disabled) : buttons[button];
  if (document.activeElement === document.body) next?.focus({ preventScroll: true });
  const [number, count] = place.querySelector("bdi").textContent.split(" / ");
  say(fill(gettext("Branch %(number)s of %(count)s"), { number, count }));
});
